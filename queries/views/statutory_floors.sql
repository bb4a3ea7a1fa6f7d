-- title: Lowest and highest statutory floor that a worker's circumstances leave possible
-- description: One row an age and state of apprenticeship. What is not known leaves several floors possible, and so do the
-- description: first 31 days after a new rate. Apprentices under 19, or within 12 months of their start, have the apprentice
-- description: rate; everybody else has the rate for their age. Nobody under 16 has a floor.
-- units: age = completed years, 98 for 98 and over, -1 where not known
-- units: apprenticeship = 0 none, 1 first twelve months, 2 later, 3 start not known
-- units: lowest_floor = lowest floor possible, pounds an hour, empty where there is none
-- units: highest_floor = highest floor possible, pounds an hour, empty where there is none
WITH digits AS (
    SELECT digit
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS d (digit)
),
circumstances AS (
    SELECT CAST(10 * t.digit + u.digit - 1 AS BIGINT) AS age, CAST(s.apprenticeship AS BIGINT) AS apprenticeship
    FROM digits AS t
    CROSS JOIN digits AS u
    CROSS JOIN (VALUES (0), (1), (2), (3)) AS s (apprenticeship)
),
possible AS (
    SELECT
        c.age,
        c.apprenticeship,
        CASE
            WHEN c.age BETWEEN 0 AND 15 OR c.age < f.min_age AND c.age <> -1 OR c.age > f.max_age THEN NULL
            WHEN f.band = 'apprentice' AND (
                c.apprenticeship IN (1, 3) OR (c.apprenticeship = 2 AND c.age < 19)
            ) THEN f.rate
            WHEN f.band <> 'apprentice' AND (
                c.apprenticeship = 0
                OR (c.apprenticeship IN (2, 3) AND (c.age >= 19 OR (c.age = -1 AND coalesce(f.max_age, 98) >= 19)))
            ) THEN f.rate
        END AS rate
    FROM circumstances AS c
    CROSS JOIN floors_in_force AS f
    WHERE f.standard = 'nlw_nmw'
)
SELECT
    age,
    apprenticeship,
    min(rate) AS lowest_floor,
    max(rate) AS highest_floor
FROM possible
GROUP BY age, apprenticeship
