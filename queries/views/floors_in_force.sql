-- title: Wage floors that can apply at the period
-- description: Rows of the wage floors that a worker can be held against at the period. National Living Wage and National
-- description: Minimum Wage: all rows of the newest date of effect, which ends every older row; in the first 31 days after
-- description: it the rows before it too, because a pay reference period may have begun before the rise. Real Living Wage:
-- description: for each area the newest row that employers had to pay by the period, not the newest announced.
-- units: standard = `nlw_nmw` or `real_living_wage`
-- units: band = band code of the wage floor
-- units: min_age = lowest age in completed years, empty for open
-- units: max_age = highest age in completed years, empty for open
-- units: rate = floor, pounds an hour
-- units: effective_from = date from which the rate applies; for the real Living Wage its announcement
-- units: implement_by = last day by which employers of the real Living Wage pay it, date
-- units: newest = false for a row that a newer one has ended less than 31 days ago
WITH edition AS (
    SELECT max(period) AS period FROM workplaces
),
dated AS (
    SELECT
        f.scheme AS standard,
        f.band,
        f.min_age,
        f.max_age,
        f.rate,
        f.effective_from,
        f.implement_by,
        e.period,
        -- The statutory rows change together; the two areas of the real Living Wage each have their own newest row.
        CASE WHEN f.scheme = 'real_living_wage' THEN f.band END AS area,
        CASE WHEN f.scheme = 'nlw_nmw' AND f.effective_from <= e.period
            OR f.scheme = 'real_living_wage' AND f.implement_by <= e.period
            THEN f.effective_from
        END AS in_force_from
    FROM edition AS e
    CROSS JOIN wage_floors AS f
    WHERE f.scheme IN ('nlw_nmw', 'real_living_wage')
),
placed AS (
    SELECT
        d.*,
        dense_rank() OVER (PARTITION BY standard, area ORDER BY in_force_from DESC NULLS LAST) AS recency,
        max(in_force_from) OVER (PARTITION BY standard, area) AS newest_from
    FROM dated AS d
)
SELECT
    standard,
    band,
    min_age,
    max_age,
    rate,
    effective_from,
    implement_by,
    recency = 1 AS newest
FROM placed
WHERE in_force_from IS NOT NULL
    AND (recency = 1 OR (standard = 'nlw_nmw' AND recency = 2 AND period < newest_from + INTERVAL '31 days'))
