-- title: How far senior care workers stand above front-line ones of the same provider
-- description: For each provider and sector with a rate of at least one of each: the median hourly rate of its senior care
-- description: workers and team leaders (role group senior) less that of its front-line workers, in pounds and as a per cent of
-- description: the front-line median; then the medians of these gaps over the providers, each counting once whatever its size.
-- description: It is the median of gaps, not the gap between medians that pay_gap shows. A gap below 0 is a provider whose
-- description: seniors have the lower median. A gap is narrow where it is under 50 pence. Agency workers and pay without an
-- description: hourly rate are left out. A provider with workplaces in two sectors is a point in each; the totals are over all
-- description: points. It compares basic rates only, not allowances for responsibility that are paid beside them.
-- units: sector = sector code, `commissioned` or `all`
-- units: points = providers in a sector with both, count
-- units: providers = providers of the points, count
-- units: senior_workers = their senior care workers and team leaders with an hourly rate, count
-- units: front_line_workers = their front-line workers with an hourly rate, count
-- units: median_gap = median of the gaps, pounds an hour
-- units: median_gap_pct = median of the gaps as per cents of the front-line medians
-- units: narrow_pct = points with a gap under 50 pence as a per cent of all points
-- disclosure: key sector
-- disclosure: total sector
-- disclosure: need 5 points for median_gap median_gap_pct narrow_pct
-- disclosure: need 20 senior_workers for median_gap median_gap_pct narrow_pct
-- disclosure: need 20 front_line_workers for median_gap median_gap_pct narrow_pct
WITH by_rate AS (
    SELECT provider_id, sector, role_group, hourly, count(*) AS workers
    FROM jobs
    WHERE hourly IS NOT NULL AND role_group IN ('senior', 'front_line') AND tenure IS DISTINCT FROM 'agency'
    GROUP BY provider_id, sector, role_group, hourly
),
cumulated AS (
    SELECT
        provider_id,
        sector,
        role_group,
        hourly,
        sum(workers) OVER (
            PARTITION BY provider_id, sector, role_group ORDER BY hourly
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS up_to,
        sum(workers) OVER (PARTITION BY provider_id, sector, role_group) AS workers
    FROM by_rate
),
medians AS (
    SELECT
        provider_id,
        sector,
        role_group,
        max(workers) AS workers,
        -- The rate at rank k (from 0) is the lowest with more than k workers up to it.
        CAST((
            min(CASE WHEN up_to > (workers - 1) / 2 THEN hourly END) + min(CASE WHEN up_to > workers / 2 THEN hourly END)
        ) * 0.5 AS DECIMAL(18, 5)) AS middle
    FROM cumulated
    GROUP BY provider_id, sector, role_group
),
points AS (
    SELECT
        s.provider_id,
        s.sector,
        s.workers AS senior_workers,
        f.workers AS front_line_workers,
        s.middle - f.middle AS gap,
        -- Far more places than are shown: two such quotients and their mean are cut far below the last one.
        CAST((s.middle - f.middle) * 100 AS DECIMAL(38, 16)) / NULLIF(f.middle, 0) AS gap_pct
    FROM medians AS s
    JOIN medians AS f ON f.provider_id = s.provider_id AND f.sector = s.sector
    WHERE s.role_group = 'senior' AND f.role_group = 'front_line'
),
ranked AS (
    SELECT
        t.counts_in AS sector,
        t.private,
        p.provider_id,
        p.senior_workers,
        p.front_line_workers,
        p.gap,
        p.gap_pct,
        row_number() OVER (PARTITION BY t.counts_in ORDER BY p.gap) AS gap_rank,
        row_number() OVER (PARTITION BY t.counts_in ORDER BY p.gap_pct NULLS LAST) AS pct_rank,
        count(*) OVER (PARTITION BY t.counts_in) AS points,
        count(p.gap_pct) OVER (PARTITION BY t.counts_in) AS pct_points,
        sum(p.senior_workers * t.private) OVER (PARTITION BY t.counts_in, p.provider_id) AS provider_private_workers
    FROM points AS p
    JOIN sector_totals AS t ON t.sector = p.sector
)
SELECT
    sector,
    CAST(count(*) AS BIGINT) AS points,
    CAST(count(DISTINCT provider_id) AS BIGINT) AS providers,
    CAST(sum(senior_workers) AS BIGINT) AS senior_workers,
    CAST(sum(front_line_workers) AS BIGINT) AS front_line_workers,
    -- The middle gap, or the mean of the two middle ones.
    CAST(round((
        min(CASE WHEN gap_rank = (points + 1) / 2 THEN gap END) + min(CASE WHEN gap_rank = (points + 2) / 2 THEN gap END)
    ) * 0.5, 4) AS DECIMAL(18, 4)) AS median_gap,
    CAST(round((
        min(CASE WHEN pct_rank = (pct_points + 1) / 2 THEN gap_pct END)
        + min(CASE WHEN pct_rank = (pct_points + 2) / 2 THEN gap_pct END)
    ) * 0.5, 2) AS DECIMAL(18, 2)) AS median_gap_pct,
    CAST(round(
        CAST(count(CASE WHEN gap < 0.5 THEN 1 END) AS DECIMAL(18, 0)) * 100 / count(*), 2
    ) AS DECIMAL(9, 2)) AS narrow_pct,
    CAST(sum(senior_workers) AS BIGINT) AS basis_workers,
    CAST(sum(senior_workers * private) AS BIGINT) AS basis_private_workers,
    CAST(count(DISTINCT CASE WHEN private = 1 THEN provider_id END) AS BIGINT) AS basis_private_providers,
    CAST(max(provider_private_workers) AS BIGINT) AS basis_private_largest
FROM ranked
GROUP BY sector
ORDER BY sector
