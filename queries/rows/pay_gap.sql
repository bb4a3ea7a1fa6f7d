-- title: The rows behind the gap in median hourly pay
-- description: One row a job with an hourly rate and pair of sectors of which its own is one, agency workers left out.
-- key: role_group reference_sector focus_sector
-- behind: reference_median = reference_workers
-- behind: focus_median = focus_workers
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
-- disclosure: restricted
SELECT *
FROM gap_rows
ORDER BY role_group, reference_sector, focus_sector, return_id, source_file, source_row
