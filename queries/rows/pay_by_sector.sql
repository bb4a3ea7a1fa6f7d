-- title: The rows behind hourly pay by role group and sector
-- description: One row a job with an hourly rate, in each role group and sector that it counts in, agency workers left
-- description: out.
-- key: role_group sector
-- units: role_group = role group code of the figure, or `all`
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: workers = 1, for the worker
-- units: providers = 1 on the first row of each provider, otherwise 0
-- units: role = role code
-- units: pay_basis = `hourly` or `annual`
-- units: pay_rate = basic pay as returned, pounds an hour or a year as pay_basis says
-- units: contracted_hours = guaranteed hours a week, by which a salary is divided
-- units: hourly = basic pay, pounds an hour
-- disclosure: restricted
SELECT
    r.counts_in AS role_group,
    s.counts_in AS sector,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    1 AS workers,
    CASE WHEN row_number() OVER (
        PARTITION BY r.counts_in, s.counts_in, j.provider_id ORDER BY j.return_id, j.source_file, j.source_row
    ) = 1 THEN 1 ELSE 0 END AS providers,
    j.role,
    j.pay_basis,
    j.pay_rate,
    j.contracted_hours,
    j.hourly
FROM paid_jobs AS j
JOIN sector_totals AS s ON s.sector = j.sector
JOIN role_group_totals AS r ON r.role_group = j.role_group
ORDER BY role_group, sector, return_id, source_file, source_row
