-- title: Pay against the wage floors, by area
-- description: As living_wage, by the nation of the workplace instead of by role group; in Wales also by the code that the
-- description: return gives for its area: a local authority (W06), a health board (W11), or Wales as a whole where it says
-- description: no more (W92). A workplace without a code, or with one that is of no nation, is in `unknown`. A return may
-- description: give the same place by either kind of code, so the codes do not tell where in Wales a sector is large. Where
-- description: one nation alone would be withheld, the smallest other one goes with it. It compares contractual rates; it
-- description: is not a finding of underpayment, and the real Living Wage is voluntary.
-- units: area = `england`, `wales`, `scotland`, `northern_ireland` or `unknown`
-- units: area_code = `all`, or in Wales the 9-character ONS code of the area as returned
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
-- disclosure: key area area_code sector standard
-- disclosure: total area_code sector
-- disclosure: small below empties below_pct below_pct_low below_pct_high annual_shortfall shortfall_unknown
-- disclosure: small cannot_tell empties below_pct_low below_pct_high
-- disclosure: small shortfall_unknown
-- disclosure: small basis_shortfall_workers empties annual_shortfall
-- disclosure: guard below
-- disclosure: guard cannot_tell
-- disclosure: guard shortfall_unknown
-- disclosure: guard basis_shortfall_workers
WITH by_place AS (
    SELECT
        w.provider_id,
        w.sector,
        coalesce(n.nation, 'unknown') AS area,
        CASE WHEN n.nation = 'wales' THEN w.area_code END AS area_code,
        r.standard,
        sum(r.workers) AS workers,
        sum(r.cannot_tell) AS cannot_tell,
        sum(r.below) AS below,
        sum(r.shortfall_known) AS shortfall_known,
        sum(r.shortfall_sevenths) AS shortfall_sevenths
    FROM workplaces AS w
    LEFT JOIN nations AS n ON n.letter = left(w.area_code, 1)
    JOIN wage_results_by_workplace AS r ON r.provider_id = w.provider_id AND r.workplace_id = w.workplace_id
    GROUP BY w.provider_id, w.sector, n.nation, w.area_code, r.standard
),
totalled AS (
    SELECT
        b.area,
        CASE WHEN t.by_code THEN b.area_code ELSE 'all' END AS area_code,
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
    FROM by_place AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    CROSS JOIN (VALUES (false), (true)) AS t (by_code)
    WHERE NOT t.by_code OR b.area_code IS NOT NULL
    GROUP BY b.area, CASE WHEN t.by_code THEN b.area_code ELSE 'all' END, s.counts_in, b.provider_id, b.standard
),
cells AS (
    SELECT
        area,
        area_code,
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
    GROUP BY area, area_code, sector, standard
),
-- living_wage has the sums over all areas, from which one nation alone that is withheld could be taken: the smallest other
-- one goes with it, and its codes go with Wales.
sized AS (
    SELECT
        c.*,
        workers < 10 OR private_providers BETWEEN 1 AND 2 OR private_largest * 2 > private_workers AS too_few,
        area_code = 'all' AS nation
    FROM cells AS c
),
ranked AS (
    SELECT
        s.*,
        sum(CASE WHEN too_few THEN 1 ELSE 0 END) OVER (PARTITION BY sector, standard, nation) AS withheld,
        row_number() OVER (
            PARTITION BY sector, standard, nation, too_few ORDER BY area = 'wales', workers, area
        ) AS size
    FROM sized AS s
),
accompanied AS (
    SELECT
        r.*,
        max(CASE WHEN nation AND NOT too_few AND withheld = 1 AND size = 1 THEN 1 ELSE 0 END)
            OVER (PARTITION BY area, sector, standard) AS companion
    FROM ranked AS r
)
SELECT
    area,
    area_code,
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
    CAST(CASE WHEN companion = 1 THEN 0 ELSE workers END AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM accompanied
ORDER BY area, area_code, sector, standard
