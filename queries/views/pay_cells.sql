-- title: Hourly pay by role group and sector, unrounded
-- description: Quartiles of the hourly rate by role group and sector, with the totals, agency workers left out. They
-- description: interpolate linearly between the two nearest rates (type 7) and are exact: workers are counted by rate,
-- description: the counts are added up from the lowest rate, and the two rates are read off.
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: workers = workers with an hourly rate
-- units: providers = providers of those workers
-- units: p25_hourly = lower quartile, pounds an hour, unrounded
-- units: median_hourly = median, pounds an hour, unrounded
-- units: p75_hourly = upper quartile, pounds an hour, unrounded
-- units: private_workers = those workers outside local authorities and the health service
-- units: private_providers = providers of the private workers
-- units: private_largest = most private workers in one provider
WITH paid AS (
    SELECT role_group, sector, provider_id, hourly
    FROM paid_jobs
),
sets AS (
    -- By rate, and apart from that by provider, in one pass over the workers.
    SELECT role_group, sector, hourly, provider_id, count(*) AS workers
    FROM paid
    GROUP BY GROUPING SETS ((role_group, sector, hourly), (role_group, sector, provider_id))
),
spread AS (
    SELECT
        r.counts_in AS role_group,
        s.counts_in AS sector,
        b.hourly,
        b.provider_id,
        sum(b.workers) AS workers,
        sum(b.workers * s.private) AS private_workers
    FROM sets AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    JOIN role_group_totals AS r ON r.role_group = b.role_group
    GROUP BY r.counts_in, s.counts_in, b.hourly, b.provider_id
),
cumulated AS (
    -- The rows of providers have no rate and stand last.
    SELECT
        role_group,
        sector,
        hourly,
        provider_id,
        private_workers,
        sum(workers) OVER (
            PARTITION BY role_group, sector ORDER BY hourly NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS up_to,
        sum(CASE WHEN provider_id IS NULL THEN workers END) OVER (PARTITION BY role_group, sector) AS in_cell
    FROM spread
),
read_off AS (
    SELECT
        role_group,
        sector,
        max(in_cell) AS workers,
        -- The rate at rank k (from 0) is the lowest with more than k workers up to it.
        min(CASE WHEN up_to > (in_cell - 1) / 4 THEN hourly END) AS p25_lower,
        min(CASE WHEN up_to > (in_cell + 2) / 4 THEN hourly END) AS p25_upper,
        min(CASE WHEN up_to > (in_cell - 1) / 2 THEN hourly END) AS median_lower,
        min(CASE WHEN up_to > in_cell / 2 THEN hourly END) AS median_upper,
        min(CASE WHEN up_to > (in_cell - 1) * 3 / 4 THEN hourly END) AS p75_lower,
        min(CASE WHEN up_to > in_cell * 3 / 4 THEN hourly END) AS p75_upper,
        count(provider_id) AS providers,
        sum(CASE WHEN provider_id IS NOT NULL THEN private_workers END) AS private_workers,
        count(CASE WHEN provider_id IS NOT NULL AND private_workers > 0 THEN 1 END) AS private_providers,
        max(CASE WHEN provider_id IS NOT NULL THEN private_workers END) AS private_largest
    FROM cumulated
    GROUP BY role_group, sector
)
SELECT
    q.role_group,
    q.sector,
    q.workers,
    q.providers,
    -- Quarters have two more decimals than the rates: nothing is cut.
    CAST(
        (q.p25_lower * (4 - (q.workers - 1) % 4) + q.p25_upper * ((q.workers - 1) % 4)) * 0.25 AS DECIMAL(18, 6)
    ) AS p25_hourly,
    CAST((q.median_lower + q.median_upper) * 0.5 AS DECIMAL(18, 6)) AS median_hourly,
    CAST(
        (q.p75_lower * (4 - (q.workers - 1) * 3 % 4) + q.p75_upper * ((q.workers - 1) * 3 % 4)) * 0.25 AS DECIMAL(18, 6)
    ) AS p75_hourly,
    q.private_workers,
    q.private_providers,
    q.private_largest
FROM read_off AS q
