-- title: Pay against the wage floors, by provider
-- description: As living_wage, for each provider and sector. It compares contractual rates; it is not a finding of
-- description: underpayment. Where a provider's workplaces give several names, the first in alphabetical order stands.
-- units: provider_id = provider code
-- units: provider_name = provider name
-- units: sector = sector code
-- units: standard = `nlw_nmw` or `real_living_wage`
-- units: tested = workers who meet the floor or are below it, count
-- units: below = workers below the floor, count
-- units: cannot_tell = workers in scope for whom it cannot be told, count
-- units: below_pct = below as a per cent of tested
-- units: below_pct_low = below as a per cent of tested and cannot_tell together
-- units: below_pct_high = below and cannot_tell as a per cent of tested and cannot_tell together
-- units: annual_shortfall = pay missing to the floor over a year, pounds; 0.00 where none is below, empty where no hours of them are known
-- units: shortfall_unknown = workers below the floor whose hours are not known, count
-- disclosure: restricted
WITH by_provider AS (
    SELECT
        provider_id,
        sector,
        standard,
        CAST(sum(workers) AS DECIMAL(18, 0)) AS workers,
        CAST(sum(cannot_tell) AS DECIMAL(18, 0)) AS cannot_tell,
        CAST(sum(below) AS DECIMAL(18, 0)) AS below,
        sum(shortfall_known) AS shortfall_known,
        -- Nobody below lacks nothing; where nobody below has hours the sum is not known.
        CASE WHEN sum(below) = 0 THEN 0 ELSE sum(shortfall_sevenths) END AS shortfall_sevenths
    FROM wage_results
    GROUP BY provider_id, sector, standard
),
names AS (
    SELECT provider_id, min(provider_name) AS provider_name
    FROM workplaces
    GROUP BY provider_id
)
SELECT
    b.provider_id,
    n.provider_name,
    b.sector,
    b.standard,
    CAST(b.workers - b.cannot_tell AS BIGINT) AS tested,
    CAST(b.below AS BIGINT) AS below,
    CAST(b.cannot_tell AS BIGINT) AS cannot_tell,
    CAST(round(b.below * 100 / NULLIF(b.workers - b.cannot_tell, 0), 2) AS DECIMAL(9, 2)) AS below_pct,
    CAST(round(b.below * 100 / NULLIF(b.workers, 0), 2) AS DECIMAL(9, 2)) AS below_pct_low,
    CAST(round((b.below + b.cannot_tell) * 100 / NULLIF(b.workers, 0), 2) AS DECIMAL(9, 2)) AS below_pct_high,
    CAST(round(b.shortfall_sevenths / 7, 2) AS DECIMAL(18, 2)) AS annual_shortfall,
    CAST(b.below - b.shortfall_known AS BIGINT) AS shortfall_unknown
FROM names AS n
JOIN by_provider AS b ON b.provider_id = n.provider_id
ORDER BY b.provider_id, b.sector, b.standard
