-- title: Pay against the wage floors
-- description: Workers whose contractual rate is strictly below the National Living Wage or National Minimum Wage for their
-- description: age (`nlw_nmw`), and below the real Living Wage (`real_living_wage`). It compares contractual rates; it is
-- description: not a finding of underpayment: the statutory test looks at pay and hours actually worked, and the real Living
-- description: Wage is voluntary. `tested` is those who meet the floor and those below. `cannot_tell` is agency workers, pay
-- description: without an hourly rate, and those for whom an unknown age, place, apprenticeship or rate in force leaves
-- description: floors possible that disagree. Known under-18s and apprentices are out of scope of the real Living Wage.
-- description: below_pct is of those tested; below_pct_low counts nobody who cannot be told, below_pct_high everybody.
-- description: The annual shortfall is over those below, against the lowest floor that could apply and with contracted
-- description: hours, or average hours where those are empty or 0; shortfall_unknown counts those below without either.
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: standard = `nlw_nmw` or `real_living_wage`
-- units: tested = workers who meet the floor or are below it, count
-- units: below = workers below the floor, count
-- units: cannot_tell = workers in scope for whom it cannot be told, count
-- units: below_pct = below as a per cent of tested
-- units: below_pct_low = below as a per cent of tested and cannot_tell together
-- units: below_pct_high = below and cannot_tell as a per cent of tested and cannot_tell together
-- units: annual_shortfall = pay missing to the floor over a year, pounds; 0.00 where none is below, empty where no hours of them are known
-- units: shortfall_unknown = workers below the floor whose hours are not known, count
-- disclosure: key role_group sector standard
-- disclosure: total role_group sector
-- disclosure: small below empties below_pct below_pct_low below_pct_high annual_shortfall shortfall_unknown
-- disclosure: small cannot_tell empties below_pct_low below_pct_high
-- disclosure: small shortfall_unknown
-- disclosure: need 10 basis_shortfall_workers for annual_shortfall
WITH totalled AS (
    SELECT
        r.counts_in AS role_group,
        s.counts_in AS sector,
        b.provider_id,
        b.standard,
        sum(b.workers) AS workers,
        sum(b.workers * s.private) AS private_workers,
        sum(b.cannot_tell) AS cannot_tell,
        sum(b.below) AS below,
        sum(b.shortfall_known) AS shortfall_known,
        sum(b.shortfall_sevenths) AS shortfall_sevenths
    FROM wage_results AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    JOIN role_group_totals AS r ON r.role_group = b.role_group
    GROUP BY r.counts_in, s.counts_in, b.provider_id, b.standard
),
cells AS (
    SELECT
        role_group,
        sector,
        standard,
        CAST(sum(workers) AS DECIMAL(18, 0)) AS workers,
        CAST(sum(cannot_tell) AS DECIMAL(18, 0)) AS cannot_tell,
        CAST(sum(below) AS DECIMAL(18, 0)) AS below,
        sum(shortfall_known) AS shortfall_known,
        -- Nobody below lacks nothing; where nobody below has hours the sum is not known.
        CASE WHEN sum(below) = 0 THEN 0 ELSE sum(shortfall_sevenths) END AS shortfall_sevenths,
        sum(private_workers) AS private_workers,
        count(CASE WHEN private_workers > 0 THEN 1 END) AS private_providers,
        max(private_workers) AS private_largest
    FROM totalled
    GROUP BY role_group, sector, standard
)
SELECT
    role_group,
    sector,
    standard,
    CAST(workers - cannot_tell AS BIGINT) AS tested,
    CAST(below AS BIGINT) AS below,
    CAST(cannot_tell AS BIGINT) AS cannot_tell,
    CAST(round(below * 100 / NULLIF(workers - cannot_tell, 0), 2) AS DECIMAL(9, 2)) AS below_pct,
    CAST(round(below * 100 / NULLIF(workers, 0), 2) AS DECIMAL(9, 2)) AS below_pct_low,
    CAST(round((below + cannot_tell) * 100 / NULLIF(workers, 0), 2) AS DECIMAL(9, 2)) AS below_pct_high,
    CAST(round(shortfall_sevenths / 7, 2) AS DECIMAL(18, 2)) AS annual_shortfall,
    CAST(below - shortfall_known AS BIGINT) AS shortfall_unknown,
    -- A sum over a few people tells what they are paid; that nobody is below tells it of nobody.
    CAST(CASE WHEN below = 0 THEN workers ELSE shortfall_known END AS BIGINT) AS basis_shortfall_workers,
    CAST(workers AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM cells
ORDER BY role_group, sector, standard
