-- title: Contracts on two axes, by role group and sector
-- description: All workers by how long and by whom they are employed (tenure) and by what hours are guaranteed: none; low
-- description: (fewer than low_hours a week); partial; full (from the workplace's full-time week on, 35 hours where it gives
-- description: none); unknown where the return gives no hours, or says `no` to zero hours beside 0 contracted hours. A permanent
-- description: contract can guarantee none, and bank work some. Shares are of all workers of the role group and sector, so all
-- description: rows of a role group and sector rest on the same workers, and are withheld together.
-- param: low_hours decimal 16
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: tenure = tenure code, or `unknown`
-- units: guarantee = `none`, `low`, `partial`, `full` or `unknown`
-- units: workers = workers with this tenure and guarantee, count
-- units: share_pct = workers as a per cent of all workers of the role group and sector
-- disclosure: key role_group sector tenure guarantee
-- disclosure: total role_group sector across tenure guarantee
-- disclosure: small workers empties share_pct
WITH placed AS (
    SELECT
        role_group,
        sector,
        provider_id,
        coalesce(tenure, 'unknown') AS tenure,
        CASE WHEN guaranteed_hours IS NULL THEN 'unknown'
            WHEN guaranteed_hours = 0 THEN 'none'
            WHEN guaranteed_hours < $low_hours THEN 'low'
            WHEN guaranteed_hours < coalesce(full_time_hours, 35) THEN 'partial'
            ELSE 'full'
        END AS guarantee
    FROM rule_jobs
),
by_provider AS (
    SELECT role_group, sector, provider_id, tenure, guarantee, count(*) AS workers
    FROM placed
    GROUP BY role_group, sector, provider_id, tenure, guarantee
),
spread AS (
    SELECT
        r.counts_in AS role_group,
        s.counts_in AS sector,
        b.provider_id,
        b.tenure,
        b.guarantee,
        b.workers,
        b.workers * s.private AS private_workers
    FROM by_provider AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    JOIN role_group_totals AS r ON r.role_group = b.role_group
),
sets AS (
    -- By tenure and guarantee, and apart from that by provider, in one pass.
    SELECT
        role_group,
        sector,
        tenure,
        guarantee,
        provider_id,
        sum(workers) AS workers,
        sum(private_workers) AS private_workers
    FROM spread
    GROUP BY GROUPING SETS ((role_group, sector, tenure, guarantee), (role_group, sector, provider_id))
),
shared AS (
    SELECT
        role_group,
        sector,
        tenure,
        guarantee,
        workers,
        sum(CASE WHEN tenure IS NOT NULL THEN workers END) OVER cell AS all_workers,
        sum(CASE WHEN tenure IS NOT NULL THEN private_workers END) OVER cell AS all_private_workers,
        count(CASE WHEN tenure IS NULL AND private_workers > 0 THEN 1 END) OVER cell AS all_private_providers,
        max(CASE WHEN tenure IS NULL THEN private_workers END) OVER cell AS all_private_largest
    FROM sets
    WINDOW cell AS (PARTITION BY role_group, sector)
)
SELECT
    role_group,
    sector,
    tenure,
    guarantee,
    CAST(workers AS BIGINT) AS workers,
    CAST(round(
        CAST(workers AS DECIMAL(18, 2)) * 100 / NULLIF(CAST(all_workers AS DECIMAL(18, 0)), 0), 2
    ) AS DECIMAL(9, 2)) AS share_pct,
    CAST(all_workers AS BIGINT) AS basis_workers,
    CAST(all_private_workers AS BIGINT) AS basis_private_workers,
    CAST(all_private_providers AS BIGINT) AS basis_private_providers,
    CAST(all_private_largest AS BIGINT) AS basis_private_largest
FROM shared
WHERE tenure IS NOT NULL
ORDER BY role_group, sector, tenure, guarantee
