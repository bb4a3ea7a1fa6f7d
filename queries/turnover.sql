-- title: Turnover, starters, stability and vacancies
-- description: Five measures over the 12 months to the period, of permanent, temporary and fixed-term staff, headcount:
-- description: turnover_closing is leavers / closing; turnover_mean is leavers / ((opening + closing) / 2); starters_closing
-- description: is starters / closing; stability is retained / opening; vacancy is vacancies / (vacancies + closing). Bodies
-- description: publish different ones: do not set one against another. 100 less stability is not turnover, because people
-- description: who came and went within the year are leavers only. Each measure sums the rows in which all its terms are
-- description: known, so the measures can rest on different workplaces. An empty closing is the number of the workplace's
-- description: workers in the role on those tenures, but only where its worker rows equal its total staff.
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: measure = `turnover_closing`, `turnover_mean`, `starters_closing`, `stability` or `vacancy`
-- units: numerator = people (vacancy: posts) above the line
-- units: denominator = people (vacancy: posts) below the line
-- units: providers = providers of the rows summed, count
-- units: rate_pct = numerator as a per cent of denominator
-- disclosure: key role_group sector measure
-- disclosure: total role_group sector
WITH by_provider AS (
    SELECT
        role_group,
        sector,
        provider_id,
        measure,
        sum(CASE WHEN numerator IS NOT NULL AND denominator IS NOT NULL THEN 1 ELSE 0 END) AS known,
        sum(CASE WHEN numerator IS NOT NULL AND denominator IS NOT NULL THEN numerator END) AS numerator,
        sum(CASE WHEN numerator IS NOT NULL AND denominator IS NOT NULL THEN denominator END) AS denominator,
        sum(CASE WHEN numerator IS NOT NULL AND denominator IS NOT NULL THEN workers ELSE 0 END) AS workers
    FROM turnover_terms
    GROUP BY role_group, sector, provider_id, measure
),
totalled AS (
    SELECT
        r.counts_in AS role_group,
        s.counts_in AS sector,
        b.provider_id,
        b.measure,
        sum(b.known) AS known,
        sum(b.known * s.private) AS private_known,
        sum(b.numerator) AS numerator,
        sum(b.denominator) AS denominator,
        sum(b.workers) AS workers,
        sum(b.workers * s.private) AS private_workers
    FROM by_provider AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    JOIN role_group_totals AS r ON r.role_group = b.role_group
    GROUP BY r.counts_in, s.counts_in, b.provider_id, b.measure
),
cells AS (
    SELECT
        role_group,
        sector,
        measure,
        CAST(sum(numerator) AS DECIMAL(18, 1)) * 0.5 AS numerator,
        CAST(sum(denominator) AS DECIMAL(18, 1)) * 0.5 AS denominator,
        count(CASE WHEN known > 0 THEN 1 END) AS providers,
        sum(workers) AS workers,
        sum(private_workers) AS private_workers,
        count(CASE WHEN private_known > 0 THEN 1 END) AS private_providers,
        max(private_workers) AS private_largest
    FROM totalled
    GROUP BY role_group, sector, measure
)
SELECT
    role_group,
    sector,
    measure,
    CAST(numerator AS DECIMAL(18, 1)) AS numerator,
    CAST(denominator AS DECIMAL(18, 1)) AS denominator,
    CAST(providers AS BIGINT) AS providers,
    CAST(round(numerator * 100 / NULLIF(denominator, 0), 2) AS DECIMAL(18, 2)) AS rate_pct,
    CAST(workers AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM cells
ORDER BY role_group, sector, measure
