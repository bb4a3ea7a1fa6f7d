-- title: Jobs on either side of a gap between two sectors
-- description: One row a job with an hourly rate and pair of sectors of which its own is one, agency workers left out. It is
-- description: what stands behind the tables of gaps.
-- units: role_group = role group code of the figure, or `all`
-- units: reference_sector = sector that the gap is measured from
-- units: focus_sector = sector that is compared with it
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: side = `reference` or `focus`: which of the two is the worker's own sector
-- units: reference_workers = 1 for a worker of the reference sector
-- units: focus_workers = 1 for a worker of the focus sector
-- units: role = role code
-- units: pay_basis = `hourly` or `annual`
-- units: pay_rate = basic pay as returned, pounds an hour or a year as pay_basis says
-- units: contracted_hours = guaranteed hours a week, by which a salary is divided
-- units: hourly = basic pay, pounds an hour
SELECT
    r.counts_in AS role_group,
    CASE WHEN p.is_reference THEN j.sector ELSE p.sector END AS reference_sector,
    CASE WHEN p.is_reference THEN p.sector ELSE j.sector END AS focus_sector,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    CASE WHEN p.is_reference THEN 'reference' ELSE 'focus' END AS side,
    CASE WHEN p.is_reference THEN 1 END AS reference_workers,
    CASE WHEN NOT p.is_reference THEN 1 END AS focus_workers,
    j.role,
    j.pay_basis,
    j.pay_rate,
    j.contracted_hours,
    j.hourly
FROM paid_jobs AS j
JOIN role_group_totals AS r ON r.role_group = j.role_group
JOIN (
    SELECT DISTINCT o.sector, w.is_reference
    FROM sector_totals AS o
    CROSS JOIN (VALUES (true), (false)) AS w (is_reference)
) AS p ON p.sector <> j.sector
