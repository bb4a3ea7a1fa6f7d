-- title: The rows behind the pay points of employers
-- description: One row a pay point of a workplace and role, in each role group and sector that it counts in; where the
-- description: workplace gives neither rate for the role, one row a worker whose rate stands in, agency workers left
-- description: out. The rows of one provider, plain sector and role are one point: its lowest minimum and highest
-- description: maximum.
-- key: role_group sector
-- units: role_group = role group code of the figure, or `all`
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex; empty for a pay point
-- units: points = 1 on the first row of each point, otherwise 0
-- units: providers = 1 on the first row of each provider, otherwise 0
-- units: plain_sector = sector of the workplace: provider, plain_sector and role are one point
-- units: role = role code
-- units: pay_basis = `hourly` or `annual`, of a worker who stands in
-- units: pay_rate = basic pay of that worker as returned, pounds an hour or a year as pay_basis says
-- units: contracted_hours = guaranteed hours a week of that worker
-- units: minimum_rate = lowest rate of the role, or the worker's hourly rate, pounds an hour
-- units: maximum_rate = highest rate of the role, or the worker's hourly rate, pounds an hour
-- disclosure: restricted
WITH gathered AS (
    SELECT
        'pay_points' AS table_name,
        x.return_id,
        x.source_file,
        x.source_row,
        x.provider_id,
        x.workplace_id,
        CAST(NULL AS VARCHAR) AS worker_key,
        x.role,
        CAST(NULL AS VARCHAR) AS pay_basis,
        CAST(NULL AS DECIMAL(12, 4)) AS pay_rate,
        CAST(NULL AS DECIMAL(9, 4)) AS contracted_hours,
        x.minimum_rate,
        x.maximum_rate
    FROM pay_points AS x
    WHERE x.minimum_rate IS NOT NULL OR x.maximum_rate IS NOT NULL
    UNION ALL
    SELECT
        'workers' AS table_name,
        j.return_id,
        j.source_file,
        j.source_row,
        j.provider_id,
        j.workplace_id,
        j.worker_key,
        j.role,
        j.pay_basis,
        j.pay_rate,
        j.contracted_hours,
        j.hourly AS minimum_rate,
        j.hourly AS maximum_rate
    FROM paid_jobs AS j
    JOIN role_rates AS d
        ON d.provider_id = j.provider_id AND d.workplace_id = j.workplace_id AND d.role = j.role
    WHERE d.stands_in
)
SELECT
    g.counts_in AS role_group,
    s.counts_in AS sector,
    t.table_name,
    t.return_id,
    t.source_file,
    t.source_row,
    t.provider_id,
    t.workplace_id,
    t.worker_key,
    CASE WHEN row_number() OVER (
        PARTITION BY g.counts_in, s.counts_in, t.provider_id, p.sector, t.role
        ORDER BY t.table_name, t.return_id, t.source_file, t.source_row
    ) = 1 THEN 1 ELSE 0 END AS points,
    CASE WHEN row_number() OVER (
        PARTITION BY g.counts_in, s.counts_in, t.provider_id
        ORDER BY t.table_name, t.return_id, t.source_file, t.source_row, t.role
    ) = 1 THEN 1 ELSE 0 END AS providers,
    p.sector AS plain_sector,
    t.role,
    t.pay_basis,
    t.pay_rate,
    t.contracted_hours,
    t.minimum_rate,
    t.maximum_rate
FROM gathered AS t
JOIN workplaces AS p ON p.provider_id = t.provider_id AND p.workplace_id = t.workplace_id
JOIN sector_totals AS s ON s.sector = p.sector
JOIN roles AS r ON r.role = t.role
JOIN role_group_totals AS g ON g.role_group = r.role_group
ORDER BY role_group, sector, table_name, return_id, source_file, source_row, role
