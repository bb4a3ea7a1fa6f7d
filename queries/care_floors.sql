-- title: Pay against the floors of social care and the health service
-- description: Workers whose contractual rate is strictly below a floor that a government has promised for social care, or that
-- description: the health service's national contract sets. They are policy commitments (`wales_social_care_rlw`,
-- description: `scotland_adult_social_care`) and contractual minima (`agenda_for_change_england`, `agenda_for_change_wales`),
-- description: never law: pay below one is no finding of underpayment, nor that a provider has broken a promise of its own. Each
-- description: has a scope of its own, which care_floor_tests gives in full: registered workers in care homes and home care
-- description: in Wales; direct care of adults by independent and third-sector providers in Scotland; the health service's own
-- description: workers, not what others pay against its scale. cannot_tell is agency workers, pay without an hourly rate, those
-- description: of whom the returns leave open whether they are in scope, and, between the day a new Welsh rate is to be paid
-- description: from and the day it is to have reached workers by, those paid between the old rate and the new. tested is those
-- description: who meet the floor and those below. below_pct is of those tested; below_pct_low counts nobody who cannot be
-- description: told, below_pct_high everybody. The annual shortfall is over those below, against the lowest rate that could
-- description: apply, with contracted hours, or average hours where those are empty or 0.
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: standard = `wales_social_care_rlw`, `scotland_adult_social_care`, `agenda_for_change_england` or `agenda_for_change_wales`
-- units: tested = workers who meet the floor or are below it, count
-- units: below = workers below the floor, count
-- units: cannot_tell = workers who are or may be in scope for whom it cannot be told, count
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
-- disclosure: small basis_shortfall_workers empties annual_shortfall
-- disclosure: guard below
-- disclosure: guard cannot_tell
-- disclosure: guard shortfall_unknown
-- disclosure: guard basis_shortfall_workers
WITH by_provider AS (
    SELECT
        provider_id,
        sector,
        role_group,
        standard,
        count(*) AS workers,
        count(*) FILTER (WHERE result = 'cannot_tell') AS cannot_tell,
        count(*) FILTER (WHERE result = 'below') AS below,
        count(shortfall_sevenths) AS shortfall_known,
        sum(shortfall_sevenths) AS shortfall_sevenths
    FROM care_floor_tests
    GROUP BY provider_id, sector, role_group, standard
),
totalled AS (
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
        sum(b.shortfall_known * s.private) AS private_known,
        sum(b.shortfall_sevenths) AS shortfall_sevenths
    FROM by_provider AS b
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
        -- A sum that is the figure of one or two providers, or mostly of one, counts as one person's.
        sum(private_known) > 0 AND (
            count(CASE WHEN private_known > 0 THEN 1 END) < 3 OR max(private_known) * 2 > sum(private_known)
        ) AS of_few_providers,
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
    CAST(CASE WHEN of_few_providers THEN 1 ELSE shortfall_known END AS BIGINT) AS basis_shortfall_workers,
    CAST(workers AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM cells
ORDER BY role_group, sector, standard
