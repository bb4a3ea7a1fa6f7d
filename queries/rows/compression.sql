-- title: The rows behind how far senior care workers stand above front-line ones
-- description: One row a senior or front-line job with an hourly rate, agency workers left out, of a provider that has
-- description: both in a plain sector, in each sector that it counts in. The rows of one provider and plain sector are
-- description: one point.
-- key: sector
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: points = 1 on the first row of each point, otherwise 0
-- units: providers = 1 on the first row of each provider, otherwise 0
-- units: senior_workers = 1 for a senior care worker or team leader
-- units: front_line_workers = 1 for a front-line worker
-- units: plain_sector = sector of the workplace: provider and plain_sector are one point
-- units: role_group = role group code
-- units: role = role code
-- units: pay_basis = `hourly` or `annual`
-- units: pay_rate = basic pay as returned, pounds an hour or a year as pay_basis says
-- units: contracted_hours = guaranteed hours a week, by which a salary is divided
-- units: hourly = basic pay, pounds an hour
-- disclosure: restricted
WITH sided AS (
    SELECT
        j.*,
        max(CASE WHEN role_group = 'senior' THEN 1 ELSE 0 END) OVER point
        + max(CASE WHEN role_group = 'front_line' THEN 1 ELSE 0 END) OVER point AS sides
    FROM paid_jobs AS j
    WHERE role_group IN ('senior', 'front_line')
    WINDOW point AS (PARTITION BY provider_id, sector)
)
SELECT
    s.counts_in AS sector,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    CASE WHEN row_number() OVER (
        PARTITION BY s.counts_in, j.provider_id, j.sector ORDER BY j.return_id, j.source_file, j.source_row
    ) = 1 THEN 1 ELSE 0 END AS points,
    CASE WHEN row_number() OVER (
        PARTITION BY s.counts_in, j.provider_id ORDER BY j.return_id, j.source_file, j.source_row
    ) = 1 THEN 1 ELSE 0 END AS providers,
    CASE WHEN j.role_group = 'senior' THEN 1 END AS senior_workers,
    CASE WHEN j.role_group = 'front_line' THEN 1 END AS front_line_workers,
    j.sector AS plain_sector,
    j.role_group,
    j.role,
    j.pay_basis,
    j.pay_rate,
    j.contracted_hours,
    j.hourly
FROM sided AS j
JOIN sector_totals AS s ON s.sector = j.sector
WHERE j.sides = 2
ORDER BY sector, return_id, source_file, source_row
