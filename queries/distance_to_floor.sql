-- title: How far pay stands above the statutory floor
-- description: All workers by the distance of their contractual hourly rate from the statutory floor for their own age, each in
-- description: one band. `below` and `cannot_tell` are as in living_wage, so agency workers and pay without an hourly rate are
-- description: in cannot_tell; there too is who meets every floor that could apply but would be in different bands. A band has
-- description: its upper bound in it: 10 pence above the floor is `up_to_10p`. Pay below is no finding of underpayment. Shares
-- description: are of all workers of the role group and sector, of which all eight bands are given: they rest on the same
-- description: workers and are withheld together. Where a small count is withheld, the highest band that is not small goes with
-- description: it, so that it cannot be taken from the rest.
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: distance = `below`, `at_floor`, `up_to_10p`, `up_to_50p`, `up_to_1_pound`, `up_to_2_pounds`, `over_2_pounds` or `cannot_tell`
-- units: workers = workers at this distance, count
-- units: share_pct = workers as a per cent of all workers of the role group and sector
-- disclosure: key role_group sector distance
-- disclosure: total role_group sector
-- disclosure: small basis_shown_workers empties workers share_pct
-- disclosure: guard basis_shown_workers
WITH bands AS (
    SELECT * FROM (VALUES
        (1, 'below'), (2, 'at_floor'), (3, 'up_to_10p'), (4, 'up_to_50p'), (5, 'up_to_1_pound'), (6, 'up_to_2_pounds'),
        (7, 'over_2_pounds'), (8, 'cannot_tell')
    ) AS b (band, distance)
),
measured AS (
    SELECT
        provider_id,
        sector,
        role_group,
        nlw_nmw_result AS result,
        hourly - nlw_nmw_highest AS above,
        -- Where several floors could apply.
        CASE WHEN nlw_nmw_lowest <> nlw_nmw_highest THEN hourly - nlw_nmw_lowest END AS furthest_above
    FROM wage_tests
),
by_distance AS (
    SELECT provider_id, sector, role_group, result, above, furthest_above, count(*) AS workers
    FROM measured
    GROUP BY provider_id, sector, role_group, result, above, furthest_above
),
placed AS (
    SELECT
        d.*,
        CASE
            WHEN above <= 0 THEN 2
            WHEN above <= 0.1 THEN 3
            WHEN above <= 0.5 THEN 4
            WHEN above <= 1 THEN 5
            WHEN above <= 2 THEN 6
            ELSE 7
        END AS nearest,
        CASE
            WHEN furthest_above IS NULL THEN NULL
            WHEN furthest_above <= 0 THEN 2
            WHEN furthest_above <= 0.1 THEN 3
            WHEN furthest_above <= 0.5 THEN 4
            WHEN furthest_above <= 1 THEN 5
            WHEN furthest_above <= 2 THEN 6
            ELSE 7
        END AS furthest
    FROM by_distance AS d
),
by_provider AS (
    SELECT
        provider_id,
        sector,
        role_group,
        -- Floors that disagree about the band leave it open.
        CASE WHEN result = 'below' THEN 1 WHEN result = 'cannot_tell' OR furthest <> nearest THEN 8 ELSE nearest END AS band,
        sum(workers) AS workers
    FROM placed
    GROUP BY provider_id, sector, role_group,
        CASE WHEN result = 'below' THEN 1 WHEN result = 'cannot_tell' OR furthest <> nearest THEN 8 ELSE nearest END
),
totalled AS (
    -- By band, empty ones too, and apart from that by provider.
    SELECT
        r.counts_in AS role_group,
        s.counts_in AS sector,
        x.band,
        b.provider_id,
        CAST(sum(CASE WHEN x.band = b.band THEN b.workers ELSE 0 END) AS DECIMAL(18, 0)) AS workers,
        sum(CASE WHEN x.band = b.band THEN b.workers * s.private ELSE 0 END) AS private_workers
    FROM by_provider AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    JOIN role_group_totals AS r ON r.role_group = b.role_group
    CROSS JOIN bands AS x
    GROUP BY GROUPING SETS ((r.counts_in, s.counts_in, x.band), (r.counts_in, s.counts_in, b.provider_id))
),
cells AS (
    SELECT
        role_group,
        sector,
        band,
        workers,
        sum(CASE WHEN provider_id IS NOT NULL THEN workers END) OVER cell AS all_workers,
        sum(CASE WHEN provider_id IS NOT NULL THEN private_workers END) OVER cell AS private_workers,
        count(CASE WHEN provider_id IS NOT NULL AND private_workers > 0 THEN 1 END) OVER cell AS private_providers,
        max(CASE WHEN provider_id IS NOT NULL THEN private_workers END) OVER cell AS private_largest,
        max(CASE WHEN band IS NOT NULL AND workers BETWEEN 1 AND 9 THEN 1 ELSE 0 END) OVER cell AS some_small,
        max(CASE WHEN workers >= 10 THEN band END) OVER cell AS companion
    FROM totalled
    WINDOW cell AS (PARTITION BY role_group, sector)
)
SELECT
    c.role_group,
    c.sector,
    b.distance,
    CAST(c.workers AS BIGINT) AS workers,
    CAST(round(c.workers * 100 / c.all_workers, 2) AS DECIMAL(9, 2)) AS share_pct,
    -- One person's where the count must go.
    CAST(CASE WHEN some_small = 1 AND companion = c.band THEN 1 ELSE c.workers END AS BIGINT) AS basis_shown_workers,
    CAST(c.all_workers AS BIGINT) AS basis_workers,
    CAST(c.private_workers AS BIGINT) AS basis_private_workers,
    CAST(c.private_providers AS BIGINT) AS basis_private_providers,
    CAST(c.private_largest AS BIGINT) AS basis_private_largest
FROM cells AS c
JOIN bands AS b ON b.band = c.band
ORDER BY c.role_group, c.sector, c.band
