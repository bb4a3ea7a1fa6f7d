-- title: The rows behind what it would cost to raise pay to a floor
-- description: One row a job, in each role group and sector that it counts in.
-- param: floor decimal empty
-- param: on_costs_pct decimal 0
-- param: ripple_pct decimal 0
-- param: ripple_over decimal 0
-- key: role_group sector
-- behind: cost = workers
-- behind: on_costs = workers
-- behind: total = workers
-- behind: pay_bill = pay_sevenths
-- behind: cost_pct_of_pay_bill = workers pay_sevenths
-- units: role_group = role group code of the figure, or `all`
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: workers = 1 for a worker whose pay rises
-- units: cannot_tell = 1 for a worker for whom it cannot be told
-- units: hours_unknown = 1 for a worker whose pay rises and whose hours are not known, 0 where they are
-- units: rise_sevenths = seven times the rise over a year of a worker whose pay rises, pounds
-- units: pay_sevenths = seven times the pay of a year, pounds, empty where pay or hours are not known
-- units: age = completed years at the period
-- units: apprentice = true for an apprentice
-- units: apprenticeship_start = start of the apprenticeship, date
-- units: tenure = tenure code
-- units: pay_basis = `hourly` or `annual`
-- units: pay_rate = basic pay as returned, pounds an hour or a year as pay_basis says
-- units: contracted_hours = guaranteed hours a week
-- units: average_hours = mean hours worked a week, which stand in for contracted hours that are empty or 0
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
    CASE WHEN t.raised THEN 1 END AS workers,
    CASE WHEN t.cannot_tell THEN 1 END AS cannot_tell,
    CASE WHEN t.raised AND t.year_rise_sevenths IS NULL THEN 1 WHEN t.raised THEN 0 END AS hours_unknown,
    CASE WHEN t.raised THEN t.year_rise_sevenths END AS rise_sevenths,
    t.year_pay_sevenths AS pay_sevenths,
    j.age,
    j.apprentice,
    j.apprenticeship_start,
    j.tenure,
    j.pay_basis,
    j.pay_rate,
    j.contracted_hours,
    j.average_hours,
    j.hourly
FROM pay_rises AS t
JOIN jobs AS j ON j.provider_id = t.provider_id AND j.workplace_id = t.workplace_id AND j.worker_key = t.worker_key
JOIN sector_totals AS s ON s.sector = j.sector
JOIN role_group_totals AS r ON r.role_group = j.role_group
ORDER BY role_group, sector, return_id, source_file, source_row
