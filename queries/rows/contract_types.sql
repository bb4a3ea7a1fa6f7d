-- title: The rows behind kinds of contract
-- description: One row a job and kind of contract, in each role group and sector that it counts in: shares are of all
-- description: jobs.
-- key: role_group sector contract_type
-- units: role_group = role group code of the figure, or `all`
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: contract_type = kind of contract of the figure, code
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: workers = 1 for a worker with this kind of contract
-- units: no_guarantee = 1 for one without guaranteed hours among them
-- units: kind = the worker's own kind of contract, code
-- units: tenure = tenure code
-- units: zero_hours = true where no hours are guaranteed
-- units: contracted_hours = guaranteed hours a week
-- units: full_time_hours = the workplace's full-time week, or 35, hours
-- disclosure: restricted
SELECT
    r.counts_in AS role_group,
    s.counts_in AS sector,
    k.contract_type,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    CASE WHEN j.fit = k.fit THEN 1 END AS workers,
    CASE WHEN j.fit = k.fit AND j.zero_hours THEN 1 END AS no_guarantee,
    o.contract_type AS kind,
    j.tenure,
    j.zero_hours,
    j.contracted_hours,
    j.full_time_hours
FROM job_kinds AS j
JOIN contract_kinds AS o ON o.fit = j.fit
JOIN sector_totals AS s ON s.sector = j.sector
JOIN role_group_totals AS r ON r.role_group = j.role_group
CROSS JOIN contract_kinds AS k
ORDER BY role_group, sector, contract_type, return_id, source_file, source_row
