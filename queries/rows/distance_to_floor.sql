-- title: The rows behind how far pay stands above the statutory floor
-- description: One row a job and distance, in each role group and sector that it counts in: shares are of all jobs.
-- key: role_group sector distance
-- units: role_group = role group code of the figure, or `all`
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: distance = distance of the figure, code
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: workers = 1 for a worker at this distance
-- units: own_distance = the worker's own distance, code
-- units: result = `below`, `meets` or `cannot_tell` against the statutory floor
-- units: lowest_floor = lowest floor that could apply, pounds an hour
-- units: highest_floor = highest floor that could apply, pounds an hour
-- units: age = completed years at the period
-- units: tenure = tenure code
-- units: pay_basis = `hourly` or `annual`
-- units: pay_rate = basic pay as returned, pounds an hour or a year as pay_basis says
-- units: contracted_hours = guaranteed hours a week
-- units: hourly = basic pay, pounds an hour
-- disclosure: restricted
WITH bands AS (
    SELECT * FROM (VALUES
        (0, 'at_floor'), (0.1, 'up_to_10p'), (0.5, 'up_to_50p'), (1, 'up_to_1_pound'), (2, 'up_to_2_pounds'),
        (1000000, 'over_2_pounds')
    ) AS b (up_to, distance)
),
measured AS (
    SELECT
        w.provider_id,
        w.workplace_id,
        w.worker_key,
        w.nlw_nmw_result AS result,
        w.nlw_nmw_lowest AS lowest_floor,
        w.nlw_nmw_highest AS highest_floor,
        min(CASE WHEN w.hourly - w.nlw_nmw_highest <= b.up_to THEN b.up_to END) AS nearest,
        min(CASE WHEN w.hourly - w.nlw_nmw_lowest <= b.up_to THEN b.up_to END) AS furthest
    FROM wage_tests AS w
    CROSS JOIN bands AS b
    GROUP BY w.provider_id, w.workplace_id, w.worker_key, w.nlw_nmw_result, w.nlw_nmw_lowest, w.nlw_nmw_highest
),
placed AS (
    SELECT
        m.*,
        CASE
            WHEN m.result = 'below' THEN 'below'
            WHEN m.result = 'cannot_tell' OR m.nearest <> m.furthest THEN 'cannot_tell'
            ELSE b.distance
        END AS own_distance
    FROM measured AS m
    LEFT JOIN bands AS b ON b.up_to = m.nearest
),
distances AS (
    SELECT distance FROM bands
    UNION ALL
    SELECT * FROM (VALUES ('below'), ('cannot_tell')) AS more (distance)
)
SELECT
    r.counts_in AS role_group,
    s.counts_in AS sector,
    d.distance,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    CASE WHEN d.distance = t.own_distance THEN 1 END AS workers,
    t.own_distance,
    t.result,
    t.lowest_floor,
    t.highest_floor,
    j.age,
    j.tenure,
    j.pay_basis,
    j.pay_rate,
    j.contracted_hours,
    j.hourly
FROM placed AS t
JOIN jobs AS j ON j.provider_id = t.provider_id AND j.workplace_id = t.workplace_id AND j.worker_key = t.worker_key
JOIN sector_totals AS s ON s.sector = j.sector
JOIN role_group_totals AS r ON r.role_group = j.role_group
CROSS JOIN distances AS d
ORDER BY role_group, sector, distance, return_id, source_file, source_row
