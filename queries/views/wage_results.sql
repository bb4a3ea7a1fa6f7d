-- title: Results of the wage tests by provider, sector and role group
-- description: Sums of wage_results_by_workplace, for the tables that show sectors: one row a provider, sector, role group
-- description: and standard that it has workers in scope of.
-- units: provider_id = provider code
-- units: sector = sector code
-- units: role_group = role group code
-- units: standard = `nlw_nmw` or `real_living_wage`
-- units: workers = workers in scope of the standard, count
-- units: cannot_tell = workers for whom it cannot be told, count
-- units: below = workers below the floor, count
-- units: shortfall_known = workers below the floor whose hours are known, count
-- units: shortfall_sevenths = seven times their yearly shortfall, pounds
SELECT
    r.provider_id,
    p.sector,
    r.role_group,
    r.standard,
    sum(r.workers) AS workers,
    sum(r.cannot_tell) AS cannot_tell,
    sum(r.below) AS below,
    sum(r.shortfall_known) AS shortfall_known,
    sum(r.shortfall_sevenths) AS shortfall_sevenths
FROM wage_results_by_workplace AS r
JOIN workplaces AS p ON p.provider_id = r.provider_id AND p.workplace_id = r.workplace_id
GROUP BY r.provider_id, p.sector, r.role_group, r.standard
