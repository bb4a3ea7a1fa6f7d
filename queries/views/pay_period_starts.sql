-- title: Rates in force on the first day of each pay period
-- description: One row a day on which a pay period of the edition starts. A pay reference period is tested against the
-- description: rates of its first day (NMW Regulations 2015, regs 4 to 4B); the accommodation offset is that of the same
-- description: day. A newer date of effect ends every older row of its scheme.
-- units: period_start = first day of a pay period, date
-- units: rates_from = date of effect of the statutory rates in force on that day, empty before the first known ones
-- units: daily_offset = accommodation offset, pounds a day, empty before the first known one
WITH days AS (
    SELECT DISTINCT period_start FROM pay_periods
),
starts AS (
    SELECT DISTINCT effective_from FROM wage_floors WHERE scheme = 'nlw_nmw'
),
offsets AS (
    SELECT effective_from, rate FROM wage_floors WHERE scheme = 'accommodation_offset'
),
begun AS (
    SELECT d.period_start, max(s.effective_from) AS rates_from
    FROM days AS d
    CROSS JOIN starts AS s
    WHERE s.effective_from <= d.period_start
    GROUP BY d.period_start
),
offset_begun AS (
    SELECT d.period_start, max(o.effective_from) AS offset_from
    FROM days AS d
    CROSS JOIN offsets AS o
    WHERE o.effective_from <= d.period_start
    GROUP BY d.period_start
)
SELECT
    d.period_start,
    b.rates_from,
    o.rate AS daily_offset
FROM days AS d
LEFT JOIN begun AS b ON b.period_start = d.period_start
LEFT JOIN offset_begun AS f ON f.period_start = d.period_start
LEFT JOIN offsets AS o ON o.effective_from = f.offset_from
