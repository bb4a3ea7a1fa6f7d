-- title: The rows behind contracts on two axes
-- description: One row a job and pair of tenure and guarantee, in each role group and sector that it counts in: shares
-- description: are of all jobs.
-- param: low_hours decimal 16
-- key: role_group sector tenure guarantee
-- units: role_group = role group code of the figure, or `all`
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: tenure = tenure code of the figure, or `unknown`
-- units: guarantee = `none`, `low`, `partial`, `full` or `unknown`, of the figure
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: workers = 1 for a worker with this tenure and guarantee
-- units: own_tenure = the worker's tenure, or `unknown`
-- units: own_guarantee = what the worker is guaranteed
-- units: zero_hours = true where no hours are guaranteed
-- units: contracted_hours = guaranteed hours a week as returned
-- units: guaranteed_hours = guaranteed hours a week: 0 where none are
-- units: full_time_hours = the workplace's full-time week, or 35, hours
-- disclosure: restricted
WITH placed AS (
    SELECT
        j.*,
        coalesce(tenure, 'unknown') AS own_tenure,
        CASE WHEN guaranteed_hours IS NULL THEN 'unknown'
            WHEN guaranteed_hours = 0 THEN 'none'
            WHEN guaranteed_hours < $low_hours THEN 'low'
            WHEN guaranteed_hours < coalesce(full_time_hours, 35) THEN 'partial'
            ELSE 'full'
        END AS own_guarantee
    FROM rule_jobs AS j
),
pairs AS (
    SELECT DISTINCT own_tenure, own_guarantee FROM placed
)
SELECT
    r.counts_in AS role_group,
    s.counts_in AS sector,
    p.own_tenure AS tenure,
    p.own_guarantee AS guarantee,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    CASE WHEN j.own_tenure = p.own_tenure AND j.own_guarantee = p.own_guarantee THEN 1 END AS workers,
    j.own_tenure,
    j.own_guarantee,
    j.zero_hours,
    j.contracted_hours,
    j.guaranteed_hours,
    coalesce(j.full_time_hours, 35) AS full_time_hours
FROM placed AS j
CROSS JOIN pairs AS p
JOIN sector_totals AS s ON s.sector = j.sector
JOIN role_group_totals AS r ON r.role_group = j.role_group
ORDER BY role_group, sector, tenure, guarantee, return_id, source_file, source_row
