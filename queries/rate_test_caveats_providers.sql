-- title: What the rate alone does not show of the statutory minimum, by provider
-- description: As rate_test_caveats, for each provider and sector. It compares what the provider's workplaces say of travel
-- description: and sleep-ins with the law; a doubt is no result, nor a finding of underpayment. Where a provider's workplaces
-- description: give several names, the first in alphabetical order stands.
-- units: provider_id = provider code
-- units: provider_name = provider's name
-- units: sector = sector code
-- units: caveat = what is doubtful, code
-- units: law = where the rule stands
-- units: rate_meets = workers whose rate meets the floor and who have no pay periods, count
-- units: workers = of these, workers with this doubt, count
-- units: share_pct = workers as a per cent of rate_meets
-- units: median_limit_pct = median share of working time above which pay is below the floor, as a per cent of working time
-- disclosure: restricted
WITH doubts AS (
    SELECT provider_id, sector, caveat, time_limit, count(*) AS workers, count(time_limit) AS limit_workers
    FROM rate_doubts
    GROUP BY provider_id, sector, caveat, time_limit
),
cumulated AS (
    SELECT
        *,
        sum(limit_workers) OVER (
            PARTITION BY provider_id, sector, caveat ORDER BY time_limit NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS up_to,
        sum(limit_workers) OVER (PARTITION BY provider_id, sector, caveat) AS with_limit
    FROM doubts
),
cells AS (
    SELECT
        provider_id,
        sector,
        caveat,
        CAST(sum(workers) AS DECIMAL(18, 0)) AS workers,
        (min(CASE WHEN up_to > (with_limit - 1) / 2 THEN time_limit END)
            + min(CASE WHEN up_to > with_limit / 2 THEN time_limit END)) * 0.5 AS median_limit
    FROM cumulated
    GROUP BY provider_id, sector, caveat
),
asked AS (
    SELECT provider_id, sector, CAST(count(*) AS DECIMAL(18, 0)) AS rate_meets
    FROM rate_meets
    GROUP BY provider_id, sector
),
names AS (
    SELECT provider_id, min(provider_name) AS provider_name
    FROM workplaces
    GROUP BY provider_id
)
SELECT
    c.provider_id,
    n.provider_name,
    c.sector,
    c.caveat,
    r.law,
    CAST(a.rate_meets AS BIGINT) AS rate_meets,
    CAST(c.workers AS BIGINT) AS workers,
    CAST(round(c.workers * 100 / a.rate_meets, 2) AS DECIMAL(9, 2)) AS share_pct,
    CAST(round(c.median_limit * 100, 2) AS DECIMAL(9, 2)) AS median_limit_pct
FROM cells AS c
JOIN asked AS a ON a.provider_id = c.provider_id AND a.sector = c.sector
JOIN names AS n ON n.provider_id = c.provider_id
JOIN rate_caveats AS r ON r.caveat = c.caveat
ORDER BY c.provider_id, c.sector, r.place
