-- title: Statutory rates that a worker's circumstances leave possible, by their date of effect
-- description: One row a date of effect, age and state of apprenticeship. What is not known leaves several rates possible.
-- description: Apprentices under 19, or within 12 months of their start, have the apprentice rate; everybody else has the
-- description: rate for their age. Nobody under 16 has one. Where two bands have the lowest rate, the first by name stands.
-- units: rates_from = date of effect of the rates
-- units: age = completed years, 98 for 98 and over, -1 where not known
-- units: apprenticeship = 0 none, 1 first twelve months, 2 later, 3 may be one in the first twelve months, 4 may be one later
-- units: lowest_band = band of the lowest rate possible, empty where there is none
-- units: lowest_rate = lowest rate possible, pounds an hour, empty where there is none
-- units: highest_rate = highest rate possible, pounds an hour, empty where there is none
WITH digits AS (
    SELECT digit
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS d (digit)
),
circumstances AS (
    SELECT CAST(10 * t.digit + u.digit - 1 AS BIGINT) AS age, CAST(s.apprenticeship AS BIGINT) AS apprenticeship
    FROM digits AS t
    CROSS JOIN digits AS u
    CROSS JOIN (VALUES (0), (1), (2), (3), (4)) AS s (apprenticeship)
),
possible AS (
    SELECT
        f.effective_from AS rates_from,
        c.age,
        c.apprenticeship,
        f.band,
        CASE
            WHEN c.age BETWEEN 0 AND 15 OR c.age < f.min_age AND c.age <> -1 OR c.age > f.max_age THEN NULL
            WHEN f.band = 'apprentice' AND (
                c.apprenticeship IN (1, 3) OR c.apprenticeship IN (2, 4) AND c.age < 19
            ) THEN f.rate
            WHEN f.band <> 'apprentice' AND (
                c.apprenticeship IN (0, 3, 4)
                OR c.apprenticeship = 2 AND (c.age >= 19 OR c.age = -1 AND coalesce(f.max_age, 98) >= 19)
            ) THEN f.rate
        END AS rate
    FROM circumstances AS c
    CROSS JOIN wage_floors AS f
    WHERE f.scheme = 'nlw_nmw'
)
SELECT
    rates_from,
    age,
    apprenticeship,
    first_value(band ORDER BY rate, band) AS lowest_band,
    min(rate) AS lowest_rate,
    max(rate) AS highest_rate
FROM possible
WHERE rate IS NOT NULL
GROUP BY rates_from, age, apprenticeship
