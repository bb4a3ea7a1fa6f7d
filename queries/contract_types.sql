-- title: Kinds of contract by role group and sector
-- description: All workers, each in the first kind that fits: agency; bank; zero_hours (no guaranteed hours, whatever the
-- description: tenure); temporary (fixed term too); then permanent staff by contracted hours: permanent_hours_unknown where
-- description: they are not given (0 is a number), permanent_full_time from the workplace's full-time week on (35 hours
-- description: where it gives none), permanent_under_16, permanent_part_time; other; unknown. As agency and bank come first,
-- description: no_guarantee counts those without guaranteed hours within each kind. Shares are of all workers of the role
-- description: group and sector, so all kinds of a role group and sector rest on the same workers, and are withheld together.
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: contract_type = kind of contract, code
-- units: workers = workers with this kind of contract, count
-- units: no_guarantee = workers among them without guaranteed hours, count
-- units: share_pct = workers as a per cent of all workers of the role group and sector
-- disclosure: key role_group sector contract_type
-- disclosure: total role_group sector across contract_type
-- disclosure: small workers empties no_guarantee share_pct
-- disclosure: small no_guarantee
WITH by_provider AS (
    SELECT
        role_group,
        sector,
        provider_id,
        fit,
        count(*) AS workers,
        count(*) FILTER (WHERE zero_hours) AS no_guarantee
    FROM job_kinds
    GROUP BY role_group, sector, provider_id, fit
),
spread AS (
    SELECT
        r.counts_in AS role_group,
        s.counts_in AS sector,
        b.provider_id,
        b.fit,
        b.workers,
        b.no_guarantee,
        b.workers * s.private AS private_workers
    FROM by_provider AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    JOIN role_group_totals AS r ON r.role_group = b.role_group
),
sets AS (
    -- By kind of contract, and apart from that by provider, in one pass.
    SELECT
        role_group,
        sector,
        fit,
        provider_id,
        sum(workers) AS workers,
        sum(no_guarantee) AS no_guarantee,
        sum(private_workers) AS private_workers
    FROM spread
    GROUP BY GROUPING SETS ((role_group, sector, fit), (role_group, sector, provider_id))
),
shared AS (
    SELECT
        role_group,
        sector,
        fit,
        workers,
        no_guarantee,
        sum(CASE WHEN fit IS NOT NULL THEN workers END) OVER cell AS all_workers,
        sum(CASE WHEN fit IS NOT NULL THEN private_workers END) OVER cell AS all_private_workers,
        count(CASE WHEN fit IS NULL AND private_workers > 0 THEN 1 END) OVER cell AS all_private_providers,
        max(CASE WHEN fit IS NULL THEN private_workers END) OVER cell AS all_private_largest
    FROM sets
    WINDOW cell AS (PARTITION BY role_group, sector)
)
SELECT
    c.role_group,
    c.sector,
    k.contract_type,
    CAST(c.workers AS BIGINT) AS workers,
    CAST(c.no_guarantee AS BIGINT) AS no_guarantee,
    CAST(round(
        CAST(c.workers AS DECIMAL(18, 2)) * 100 / NULLIF(CAST(c.all_workers AS DECIMAL(18, 0)), 0), 2
    ) AS DECIMAL(9, 2)) AS share_pct,
    CAST(c.all_workers AS BIGINT) AS basis_workers,
    CAST(c.all_private_workers AS BIGINT) AS basis_private_workers,
    CAST(c.all_private_providers AS BIGINT) AS basis_private_providers,
    CAST(c.all_private_largest AS BIGINT) AS basis_private_largest
FROM contract_kinds AS k
JOIN shared AS c ON c.fit = k.fit
ORDER BY c.role_group, c.sector, k.contract_type
