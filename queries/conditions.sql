-- title: Conditions of employment by sector
-- description: Workplaces, not workers, by what they answer; a sector with a workplace has all seven rows.
-- description: enhanced_sick_pay: above the statutory rate. travel_time_paid: paid at any rate; workplaces without travel
-- description: between visits do not count as answering. weekend_enhancement and overtime_enhancement: above 0 per cent.
-- description: pension_above_minimum: the answer, or where that is empty a contribution above 3 per cent. annual_leave_days
-- description: has no share, pay_award_pending no median. Medians are of the known percentages or days, zeros included, and
-- description: interpolate linearly (type 7).
-- units: sector = sector code
-- units: condition = condition code
-- units: workplaces = workplaces of the sector, count
-- units: answered = workplaces that answer, count
-- units: yes_pct = workplaces with the condition as a per cent of those that answer
-- units: median_value = median over workplaces, per cent or days a year
-- disclosure: key sector condition
-- disclosure: need 20 basis_median_workers for median_value
WITH staffed AS (
    SELECT provider_id, workplace_id, count(*) AS workers
    FROM workers
    GROUP BY provider_id, workplace_id
),
answers AS (
    SELECT
        a.sector,
        a.provider_id,
        a.condition,
        coalesce(s.workers, 0) AS workers,
        a.yes,
        a.known_value
    FROM condition_answers AS a
    LEFT JOIN staffed AS s ON s.provider_id = a.provider_id AND s.workplace_id = a.workplace_id
),
ranked AS (
    SELECT
        a.sector,
        a.condition,
        a.yes,
        a.known_value,
        a.yes IS NOT NULL OR a.known_value IS NOT NULL AS answers,
        a.workers,
        t.private,
        row_number() OVER (PARTITION BY a.sector, a.condition ORDER BY a.known_value NULLS LAST) AS value_rank,
        count(a.known_value) OVER (PARTITION BY a.sector, a.condition) AS known_values,
        -- What a provider answers for stands on the first of its answering workplaces.
        row_number() OVER (
            PARTITION BY a.sector, a.condition, a.provider_id
            ORDER BY CASE WHEN a.yes IS NOT NULL OR a.known_value IS NOT NULL THEN 0 ELSE 1 END
        ) AS provider_row,
        sum(CASE WHEN a.yes IS NOT NULL OR a.known_value IS NOT NULL THEN a.workers ELSE 0 END) OVER (
            PARTITION BY a.sector, a.condition, a.provider_id
        ) AS provider_workers,
        -- The same for those that give the figure itself, of which the median is.
        row_number() OVER (
            PARTITION BY a.sector, a.condition, a.provider_id ORDER BY a.known_value NULLS LAST
        ) AS provider_value_row,
        sum(CASE WHEN a.known_value IS NOT NULL THEN a.workers ELSE 0 END) OVER (
            PARTITION BY a.sector, a.condition, a.provider_id
        ) AS provider_value_workers
    FROM sector_totals AS t
    JOIN answers AS a ON a.sector = t.sector
    WHERE t.counts_in = t.sector
)
SELECT
    sector,
    condition,
    CAST(count(*) AS BIGINT) AS workplaces,
    CAST(count(CASE WHEN answers THEN 1 END) AS BIGINT) AS answered,
    CAST(round(
        CAST(count(CASE WHEN yes THEN 1 END) AS DECIMAL(18, 2)) * 100
            / NULLIF(CAST(count(yes) AS DECIMAL(18, 0)), 0), 2
    ) AS DECIMAL(9, 2)) AS yes_pct,
    CAST(round(
        (min(CASE WHEN value_rank = (known_values + 1) / 2 THEN known_value END)
            + min(CASE WHEN value_rank = (known_values + 2) / 2 THEN known_value END)) * 0.5, 4
    ) AS DECIMAL(18, 4)) AS median_value,
    -- Nobody's where it would be the figure of one or two providers, or mostly of one.
    CAST(CASE
        WHEN count(CASE WHEN known_value IS NOT NULL AND private = 1 THEN 1 END) > 0
            AND (
                count(CASE WHEN known_value IS NOT NULL AND provider_value_row = 1 AND private = 1 THEN 1 END) < 3
                OR 2 * max(provider_value_workers * private)
                > sum(CASE WHEN known_value IS NOT NULL THEN workers * private ELSE 0 END)
            )
        THEN 0
        ELSE sum(CASE WHEN known_value IS NOT NULL THEN workers ELSE 0 END)
    END AS BIGINT) AS basis_median_workers,
    CAST(sum(CASE WHEN answers THEN workers ELSE 0 END) AS BIGINT) AS basis_workers,
    CAST(sum(CASE WHEN answers THEN workers * private ELSE 0 END) AS BIGINT) AS basis_private_workers,
    CAST(count(CASE WHEN answers AND provider_row = 1 AND private = 1 THEN 1 END) AS BIGINT) AS basis_private_providers,
    CAST(max(provider_workers * private) AS BIGINT) AS basis_private_largest
FROM ranked
GROUP BY sector, condition
ORDER BY sector, condition
