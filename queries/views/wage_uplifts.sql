-- title: Pay periods below the statutory minimum, at the rates of every later day
-- description: One row a pay period below and a run of days on which a notice would go by the same rates. Arrears are the
-- description: higher of the shortfall and shortfall x rate on those days / rate then, to the nearest penny (National Minimum
-- description: Wage Act 1998, s. 17); without a rate on those days, the shortfall. The penalty is of the shortfall before the
-- description: uplift (s. 19A). The other columns are those of wage_shortfalls.
-- units: notice_from = first day of the notices that go by these rates, date
-- units: notice_until = last day of them, date
-- units: notice_band = band that covers the same circumstances on those days
-- units: notice_rate = its rate, pounds an hour
-- units: arrears = indicative arrears, pounds
-- units: penalty = indicative penalty before minimum and caps, pounds
-- units: reached_until = last day of a notice that surely reaches the pay period, date
-- units: reachable_until = last day of a notice that may reach it, date
WITH changes AS (
    SELECT DISTINCT effective_from FROM wage_floors WHERE scheme = 'nlw_nmw'
),
notices AS (
    SELECT
        effective_from AS rates_from,
        effective_from AS notice_from,
        coalesce(
            lead(effective_from) OVER (ORDER BY effective_from) - INTERVAL '1 day', DATE '9999-12-31'
        ) AS notice_until
    FROM changes
    UNION ALL
    SELECT
        CAST(NULL AS DATE) AS rates_from,
        DATE '0001-01-01' AS notice_from,
        min(effective_from) - INTERVAL '1 day' AS notice_until
    FROM changes
),
-- A rate for every circumstance and run of days, empty where there was none. Small tables stand first, so that they and not
-- the pay periods are held in memory.
notice_rates AS (
    SELECT
        n.notice_from,
        n.notice_until,
        c.age,
        c.apprenticeship,
        r.lowest_band AS notice_band,
        r.lowest_rate AS notice_rate
    FROM notices AS n
    CROSS JOIN (SELECT DISTINCT age, apprenticeship FROM statutory_rates) AS c
    LEFT JOIN statutory_rates AS r
        ON r.rates_from = n.rates_from AND r.age = c.age AND r.apprenticeship = c.apprenticeship
)
SELECT
    s.*,
    n.notice_from,
    n.notice_until,
    n.notice_band,
    n.notice_rate,
    greatest(s.shortfall, CAST(round(s.shortfall * n.notice_rate / s.rate, 2) AS DECIMAL(18, 2))) AS arrears,
    CAST(round(s.shortfall * s.penalty_percent / 100, 2) AS DECIMAL(18, 2)) AS penalty,
    CASE WHEN s.years_of_reach = 6
        THEN s.period_end + INTERVAL '6 years'
        ELSE s.period_end + INTERVAL '5 years'
    END AS reached_until,
    CASE WHEN s.years_of_reach = 5
        THEN s.period_end + INTERVAL '5 years'
        ELSE s.period_end + INTERVAL '6 years'
    END AS reachable_until
FROM notice_rates AS n
JOIN wage_shortfalls AS s ON s.uplift_age = n.age AND s.uplift_apprenticeship = n.apprenticeship
