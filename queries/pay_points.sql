-- title: Lowest and highest pay points of employers
-- description: One point for each provider, sector and role: its lowest minimum and highest maximum basic hourly rate over
-- description: its workplaces. Where a workplace gives neither rate for a role, the lowest and highest hourly rate of its
-- description: workers in that role stand in, agency workers left out. The medians are of points, not of workers: a large
-- description: employer counts as much as a small one. Medians interpolate linearly (type 7).
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: points = points with a minimum or a maximum, count
-- units: providers = providers of those points, count
-- units: median_minimum = median of the lowest rates, pounds an hour
-- units: median_maximum = median of the highest rates, pounds an hour
-- disclosure: key role_group sector
-- disclosure: total role_group sector
-- disclosure: need 20 basis_minimum_workers for median_minimum
-- disclosure: need 20 basis_maximum_workers for median_maximum
WITH points AS (
    SELECT
        p.sector,
        d.provider_id,
        d.role,
        min(d.minimum_rate) AS minimum_rate,
        max(d.maximum_rate) AS maximum_rate,
        sum(d.workers) AS workers
    FROM workplaces AS p
    JOIN role_rates AS d ON d.provider_id = p.provider_id AND d.workplace_id = p.workplace_id
    WHERE d.minimum_rate IS NOT NULL OR d.maximum_rate IS NOT NULL
    GROUP BY p.sector, d.provider_id, d.role
),
totalled AS (
    SELECT
        g.counts_in AS role_group,
        s.counts_in AS sector,
        t.provider_id,
        t.minimum_rate,
        t.maximum_rate,
        t.workers,
        t.workers * s.private AS private_workers,
        s.private
    FROM points AS t
    JOIN sector_totals AS s ON s.sector = t.sector
    JOIN roles AS r ON r.role = t.role
    JOIN role_group_totals AS g ON g.role_group = r.role_group
),
ranked AS (
    SELECT
        t.*,
        row_number() OVER (PARTITION BY role_group, sector ORDER BY minimum_rate NULLS LAST) AS minimum_rank,
        count(minimum_rate) OVER (PARTITION BY role_group, sector) AS minimums,
        row_number() OVER (PARTITION BY role_group, sector ORDER BY maximum_rate NULLS LAST) AS maximum_rank,
        count(maximum_rate) OVER (PARTITION BY role_group, sector) AS maximums,
        sum(private_workers) OVER (PARTITION BY role_group, sector, provider_id) AS provider_private_workers,
        sum(CASE WHEN minimum_rate IS NOT NULL THEN private_workers ELSE 0 END)
            OVER (PARTITION BY role_group, sector, provider_id) AS provider_minimum_workers,
        sum(CASE WHEN maximum_rate IS NOT NULL THEN private_workers ELSE 0 END)
            OVER (PARTITION BY role_group, sector, provider_id) AS provider_maximum_workers
    FROM totalled AS t
)
SELECT
    role_group,
    sector,
    CAST(count(*) AS BIGINT) AS points,
    CAST(count(DISTINCT provider_id) AS BIGINT) AS providers,
    -- The middle rate, or the mean of the two middle ones.
    CAST(round(
        (min(CASE WHEN minimum_rank = (minimums + 1) / 2 THEN minimum_rate END)
            + min(CASE WHEN minimum_rank = (minimums + 2) / 2 THEN minimum_rate END)) * 0.5, 4
    ) AS DECIMAL(18, 4)) AS median_minimum,
    CAST(round(
        (min(CASE WHEN maximum_rank = (maximums + 1) / 2 THEN maximum_rate END)
            + min(CASE WHEN maximum_rank = (maximums + 2) / 2 THEN maximum_rate END)) * 0.5, 4
    ) AS DECIMAL(18, 4)) AS median_maximum,
    -- Nobody's where a median would be the rate of one or two providers, or mostly of one.
    CAST(CASE
        WHEN count(CASE WHEN private = 1 THEN minimum_rate END) > 0
            AND (
                count(DISTINCT CASE WHEN private = 1 AND minimum_rate IS NOT NULL THEN provider_id END) < 3
                OR 2 * max(provider_minimum_workers)
                > sum(CASE WHEN minimum_rate IS NOT NULL THEN private_workers ELSE 0 END)
            )
        THEN 0
        ELSE sum(CASE WHEN minimum_rate IS NOT NULL THEN workers ELSE 0 END)
    END AS BIGINT) AS basis_minimum_workers,
    CAST(CASE
        WHEN count(CASE WHEN private = 1 THEN maximum_rate END) > 0
            AND (
                count(DISTINCT CASE WHEN private = 1 AND maximum_rate IS NOT NULL THEN provider_id END) < 3
                OR 2 * max(provider_maximum_workers)
                > sum(CASE WHEN maximum_rate IS NOT NULL THEN private_workers ELSE 0 END)
            )
        THEN 0
        ELSE sum(CASE WHEN maximum_rate IS NOT NULL THEN workers ELSE 0 END)
    END AS BIGINT) AS basis_maximum_workers,
    CAST(sum(workers) AS BIGINT) AS basis_workers,
    CAST(sum(private_workers) AS BIGINT) AS basis_private_workers,
    CAST(count(DISTINCT CASE WHEN private = 1 THEN provider_id END) AS BIGINT) AS basis_private_providers,
    CAST(max(provider_private_workers) AS BIGINT) AS basis_private_largest
FROM ranked
GROUP BY role_group, sector
ORDER BY role_group, sector
