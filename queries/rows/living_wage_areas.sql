-- title: The rows behind pay against the wage floors, by area
-- description: One row a job and standard that it is in scope of, in each sector that it counts in; in Wales once for
-- description: the nation and once for the area's code.
-- key: area area_code sector standard
-- behind: below_pct = tested
-- behind: annual_shortfall = below
-- units: area = `england`, `wales`, `scotland`, `northern_ireland` or `unknown`
-- units: area_code = `all`, or in Wales the 9-character ONS code of the area as returned
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: standard = `nlw_nmw` or `real_living_wage`
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: result = `below`, `meets` or `cannot_tell`
-- units: tested = 1 for a worker who meets the floor or is below it
-- units: below = 1 for a worker below the floor
-- units: cannot_tell = 1 for a worker for whom it cannot be told
-- units: shortfall_unknown = 1 for a worker below the floor whose hours are not known, 0 where they are
-- units: shortfall_sevenths = seven times the yearly shortfall of a worker below, pounds
-- units: lowest_floor = lowest floor that could apply, pounds an hour
-- units: highest_floor = highest floor that could apply, pounds an hour
-- units: age = completed years at the period
-- units: apprentice = true for an apprentice
-- units: apprenticeship_start = start of the apprenticeship, date
-- units: tenure = tenure code
-- units: pay_basis = `hourly` or `annual`
-- units: pay_rate = basic pay as returned, pounds an hour or a year as pay_basis says
-- units: contracted_hours = guaranteed hours a week
-- units: average_hours = mean hours worked a week, which stand in for contracted hours that are empty or 0
-- units: hourly = basic pay, pounds an hour
-- units: guaranteed_allowance = guaranteed supplement, counted for the real Living Wage only, pounds an hour
-- units: own_area_code = 9-character ONS code of the workplace's area
-- disclosure: restricted
SELECT
    coalesce(n.nation, 'unknown') AS area,
    CASE WHEN c.by_code THEN j.area_code ELSE 'all' END AS area_code,
    s.counts_in AS sector,
    t.standard,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    t.result,
    t.tested,
    t.below,
    t.cannot_tell,
    t.shortfall_unknown,
    t.shortfall_sevenths,
    t.lowest_floor,
    t.highest_floor,
    j.age,
    j.apprentice,
    j.apprenticeship_start,
    j.tenure,
    j.pay_basis,
    j.pay_rate,
    j.contracted_hours,
    j.average_hours,
    j.hourly,
    j.guaranteed_allowance,
    j.area_code AS own_area_code
FROM wage_standings AS t
JOIN jobs AS j ON j.provider_id = t.provider_id AND j.workplace_id = t.workplace_id AND j.worker_key = t.worker_key
JOIN sector_totals AS s ON s.sector = j.sector
LEFT JOIN nations AS n ON n.letter = left(j.area_code, 1)
CROSS JOIN (VALUES (false), (true)) AS c (by_code)
WHERE NOT c.by_code OR n.nation = 'wales'
ORDER BY area, area_code, sector, standard, return_id, source_file, source_row
