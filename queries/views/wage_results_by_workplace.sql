-- title: Results of the wage tests by workplace and role group
-- description: wage_tests counted once, for tables by place: one row a workplace, role group and standard that it has workers in
-- description: scope of.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: role_group = role group code
-- units: standard = `nlw_nmw` or `real_living_wage`
-- units: workers = workers in scope of the standard, count
-- units: cannot_tell = workers for whom it cannot be told, count
-- units: below = workers below the floor, count
-- units: shortfall_known = workers below the floor whose hours are known, count
-- units: shortfall_sevenths = seven times their yearly shortfall, pounds
WITH counted AS (
    SELECT
        provider_id,
        workplace_id,
        role_group,
        count(*) AS statutory_workers,
        count(*) FILTER (WHERE nlw_nmw_result = 'cannot_tell') AS statutory_cannot_tell,
        count(*) FILTER (WHERE nlw_nmw_result = 'below') AS statutory_below,
        count(nlw_nmw_shortfall_sevenths) AS statutory_known,
        sum(nlw_nmw_shortfall_sevenths) AS statutory_sevenths,
        count(real_living_wage_result) AS voluntary_workers,
        count(*) FILTER (WHERE real_living_wage_result = 'cannot_tell') AS voluntary_cannot_tell,
        count(*) FILTER (WHERE real_living_wage_result = 'below') AS voluntary_below,
        count(real_living_wage_shortfall_sevenths) AS voluntary_known,
        sum(real_living_wage_shortfall_sevenths) AS voluntary_sevenths
    FROM wage_tests
    GROUP BY provider_id, workplace_id, role_group
),
standing AS (
    SELECT
        c.provider_id,
        c.workplace_id,
        c.role_group,
        s.standard,
        CASE WHEN s.statutory THEN c.statutory_workers ELSE c.voluntary_workers END AS workers,
        CASE WHEN s.statutory THEN c.statutory_cannot_tell ELSE c.voluntary_cannot_tell END AS cannot_tell,
        CASE WHEN s.statutory THEN c.statutory_below ELSE c.voluntary_below END AS below,
        CASE WHEN s.statutory THEN c.statutory_known ELSE c.voluntary_known END AS shortfall_known,
        CASE WHEN s.statutory THEN c.statutory_sevenths ELSE c.voluntary_sevenths END AS shortfall_sevenths
    FROM counted AS c
    CROSS JOIN (VALUES ('nlw_nmw', true), ('real_living_wage', false)) AS s (standard, statutory)
)
SELECT
    provider_id,
    workplace_id,
    role_group,
    standard,
    workers,
    cannot_tell,
    below,
    shortfall_known,
    shortfall_sevenths
FROM standing
WHERE workers > 0
