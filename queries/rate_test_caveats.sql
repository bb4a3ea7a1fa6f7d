-- title: What the rate alone does not show of the statutory minimum
-- description: Of the workers whose contractual rate meets the statutory floor (living_wage, `nlw_nmw`) and who have no pay
-- description: periods in the returns, those whose workplace pays travel or sleep-ins in a way that leaves a doubt: meets on
-- description: the contractual rate; over all working time it may be below. A doubt is no result and changes no count of
-- description: living_wage; whether these workers travel or sleep in, and for how long, is not in the returns. Travel: not
-- description: paid; paid at a rate of its own below the floor, or at one not known; at the minimum wage, which keeps the
-- description: average at the floor or above only if it is the rate for the worker's own age; not known in home care,
-- description: supported living, extra care or services not known. Sleep-ins: time awake for work not paid; a flat sum, which
-- description: is left out of pay that counts on the cautious reading of reg. 10(k); not known in these services and in care
-- description: homes. A worker may have one doubt of each kind. median_limit_pct is the median share of working time
-- description: spent on such travel, or awake in sleep-ins, above which the worker's pay is below the floor, the other doubt
-- description: aside: with rate r, floor F and q for that time, (r - F) / (r - q). It is of those paid by the hour with one
-- description: possible floor, and empty where q is not known; it interpolates linearly (type 7).
-- units: sector = sector code; `commissioned` is independent and third_sector together, `all` every sector
-- units: caveat = what is doubtful, code
-- units: law = where the rule stands
-- units: rate_meets = workers of the sector whose rate meets the floor and who have no pay periods, count
-- units: workers = of these, workers with this doubt, count
-- units: share_pct = workers as a per cent of rate_meets
-- units: median_limit_pct = median share of working time above which pay is below the floor, as a per cent of working time
-- disclosure: key sector caveat law
-- disclosure: total sector
-- disclosure: need 20 basis_limit_workers for median_limit_pct
WITH doubts AS (
    SELECT provider_id, sector, caveat, time_limit, count(*) AS workers
    FROM rate_doubts
    GROUP BY provider_id, sector, caveat, time_limit
),
sets AS (
    -- By limit, and apart from that by provider.
    SELECT
        s.counts_in AS sector,
        d.caveat,
        d.time_limit,
        d.provider_id,
        GROUPING(d.provider_id) AS by_limit,
        sum(d.workers) AS workers,
        sum(d.workers * s.private) AS private_workers,
        sum(CASE WHEN d.time_limit IS NOT NULL THEN d.workers ELSE 0 END) AS limit_workers,
        sum(CASE WHEN d.time_limit IS NOT NULL THEN d.workers * s.private ELSE 0 END) AS private_limit_workers
    FROM sector_totals AS s
    JOIN doubts AS d ON d.sector = s.sector
    GROUP BY GROUPING SETS ((s.counts_in, d.caveat, d.time_limit), (s.counts_in, d.caveat, d.provider_id))
),
cumulated AS (
    SELECT
        *,
        sum(CASE WHEN by_limit = 1 THEN limit_workers END) OVER (
            PARTITION BY sector, caveat ORDER BY time_limit NULLS LAST, provider_id NULLS FIRST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS up_to,
        sum(CASE WHEN by_limit = 1 THEN limit_workers END) OVER (PARTITION BY sector, caveat) AS with_limit
    FROM sets
),
cells AS (
    SELECT
        sector,
        caveat,
        CAST(sum(CASE WHEN by_limit = 0 THEN workers END) AS DECIMAL(18, 0)) AS workers,
        -- The limit at rank k (from 0) is the lowest with more than k workers up to it.
        (min(CASE WHEN up_to > (with_limit - 1) / 2 THEN time_limit END)
            + min(CASE WHEN up_to > with_limit / 2 THEN time_limit END)) * 0.5 AS median_limit,
        sum(CASE WHEN by_limit = 0 THEN private_workers END) AS private_workers,
        count(CASE WHEN by_limit = 0 AND private_workers > 0 THEN 1 END) AS private_providers,
        max(CASE WHEN by_limit = 0 THEN private_workers END) AS private_largest,
        sum(CASE WHEN by_limit = 0 THEN limit_workers END) AS limit_workers,
        sum(CASE WHEN by_limit = 0 THEN private_limit_workers END) AS private_limit_workers,
        count(CASE WHEN by_limit = 0 AND private_limit_workers > 0 THEN 1 END) AS private_limit_providers,
        max(CASE WHEN by_limit = 0 THEN private_limit_workers END) AS private_limit_largest
    FROM cumulated
    GROUP BY sector, caveat
),
asked AS (
    SELECT s.counts_in AS sector, CAST(sum(m.workers) AS DECIMAL(18, 0)) AS rate_meets
    FROM sector_totals AS s
    JOIN (SELECT sector, count(*) AS workers FROM rate_meets GROUP BY sector) AS m ON m.sector = s.sector
    GROUP BY s.counts_in
)
SELECT
    c.sector,
    c.caveat,
    r.law,
    CAST(a.rate_meets AS BIGINT) AS rate_meets,
    CAST(c.workers AS BIGINT) AS workers,
    CAST(round(c.workers * 100 / a.rate_meets, 2) AS DECIMAL(9, 2)) AS share_pct,
    CAST(round(c.median_limit * 100, 2) AS DECIMAL(9, 2)) AS median_limit_pct,
    -- Nobody's where it would be the figure of one or two providers, or mostly of one.
    CAST(CASE
        WHEN c.private_limit_workers > 0
            AND (c.private_limit_providers < 3 OR 2 * c.private_limit_largest > c.private_limit_workers)
        THEN 0
        ELSE c.limit_workers
    END AS BIGINT) AS basis_limit_workers,
    CAST(c.workers AS BIGINT) AS basis_workers,
    CAST(c.private_workers AS BIGINT) AS basis_private_workers,
    CAST(c.private_providers AS BIGINT) AS basis_private_providers,
    CAST(c.private_largest AS BIGINT) AS basis_private_largest
FROM cells AS c
JOIN asked AS a ON a.sector = c.sector
JOIN rate_caveats AS r ON r.caveat = c.caveat
ORDER BY c.sector, r.place
