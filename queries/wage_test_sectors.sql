-- title: Pay actually made against the statutory minimum, per pay reference period
-- description: Statutory test: workers with pay periods, by what wage_test says of these: `below` in at least one period;
-- description: otherwise cannot_tell where that is so of at least one; otherwise the minimum is met in every period given.
-- description: Below the minimum on the figures returned: pay that counts, for all hours that count, travel and waiting
-- description: included, against the rate of each period's first day. It is not a ruling. Workers without pay periods are
-- description: not in it; a worker in two workplaces counts in each. tested is those below and those who meet it;
-- description: below_pct is of those tested; below_pct_low counts nobody who cannot be told, below_pct_high everybody.
-- units: sector = sector code, `commissioned` or `all`
-- units: tested = workers below in a period, or who meet the minimum in all, count
-- units: below = workers below the minimum in at least one period on the figures returned, count
-- units: cannot_tell = workers not known to be below, for whom it cannot be told in at least one period, count
-- units: below_pct = below as a per cent of tested
-- units: below_pct_low = below as a per cent of tested and cannot_tell together
-- units: below_pct_high = below and cannot_tell as a per cent of tested and cannot_tell together
-- disclosure: key sector
-- disclosure: total sector
-- disclosure: small below empties below_pct below_pct_low below_pct_high
-- disclosure: small cannot_tell empties below_pct_low below_pct_high
-- disclosure: guard below
-- disclosure: guard cannot_tell
WITH by_worker AS (
    SELECT
        provider_id,
        sector,
        max(CASE WHEN result = 'below' THEN 1 ELSE 0 END) AS below,
        max(CASE WHEN result = 'cannot_tell' THEN 1 ELSE 0 END) AS unsure
    FROM pay_period_tests
    GROUP BY provider_id, workplace_id, sector, worker_key
),
by_provider AS (
    SELECT
        provider_id,
        sector,
        count(*) AS workers,
        sum(below) AS below,
        sum(CASE WHEN below = 0 THEN unsure ELSE 0 END) AS cannot_tell
    FROM by_worker
    GROUP BY provider_id, sector
),
totalled AS (
    SELECT
        s.counts_in AS sector,
        b.provider_id,
        sum(b.workers) AS workers,
        sum(b.workers * s.private) AS private_workers,
        sum(b.below) AS below,
        sum(b.cannot_tell) AS cannot_tell
    FROM by_provider AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    GROUP BY s.counts_in, b.provider_id
),
cells AS (
    SELECT
        sector,
        CAST(sum(workers) AS DECIMAL(18, 0)) AS workers,
        CAST(sum(cannot_tell) AS DECIMAL(18, 0)) AS cannot_tell,
        CAST(sum(below) AS DECIMAL(18, 0)) AS below,
        sum(private_workers) AS private_workers,
        count(CASE WHEN private_workers > 0 THEN 1 END) AS private_providers,
        max(private_workers) AS private_largest
    FROM totalled
    GROUP BY sector
)
SELECT
    sector,
    CAST(workers - cannot_tell AS BIGINT) AS tested,
    CAST(below AS BIGINT) AS below,
    CAST(cannot_tell AS BIGINT) AS cannot_tell,
    CAST(round(below * 100 / NULLIF(workers - cannot_tell, 0), 2) AS DECIMAL(9, 2)) AS below_pct,
    CAST(round(below * 100 / NULLIF(workers, 0), 2) AS DECIMAL(9, 2)) AS below_pct_low,
    CAST(round((below + cannot_tell) * 100 / NULLIF(workers, 0), 2) AS DECIMAL(9, 2)) AS below_pct_high,
    CAST(workers AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM cells
ORDER BY sector
