-- title: The statutory test of each pay period
-- description: One row a pay period: the pay and hours that count, and whether the pay reaches the minimum of the period's
-- description: first day (National Minimum Wage Act 1998; NMW Regulations 2015). A result is `below` or `meets` only where
-- description: every rate that could apply gives it; nothing is rounded before the comparison. Where travel or waiting can
-- description: be part of the service, or the service is not known, and their hours are not given, pay that is not below
-- description: already is `cannot_tell`; so is pay that days of accommodation which are not given decide.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: sector = sector code of the workplace
-- units: area_code = 9-character ONS code of the workplace's area
-- units: period_start = first day of the pay period, date
-- units: period_end = last day of the pay period, date
-- units: rates_from = date of effect of the statutory rates of the first day, empty before the first known ones
-- units: age = completed years on the first day
-- units: work_type = kind of work, code
-- units: hours_travel = hours of travel between assignments
-- units: hours_waiting = hours of waiting
-- units: hours_training = hours of training
-- units: hours_awake_sleep_in = hours awake for work during sleep-ins
-- units: premium = part of gross pay above the basic rate for the work, pounds
-- units: allowances = part of gross pay that is allowances, pounds
-- units: absence_pay = part of gross pay for absence, pounds
-- units: tips = part of gross pay that is tips, pounds
-- units: expenses = part of gross pay that repays expenses, pounds
-- units: deductions_own_use = deductions for the employer's own use, pounds
-- units: job_spending = what the worker spent on the job, pounds
-- units: accommodation_days = days on which accommodation was provided
-- units: accommodation_charge = what the worker was charged for it in the period, pounds
-- units: accommodation_free = true where it was free
-- units: lowest_band = band of the lowest rate that could apply
-- units: lowest_rate = lowest rate that could apply, pounds an hour
-- units: highest_rate = highest rate that could apply, pounds an hour
-- units: rates_agree = true where one rate could apply, or several that give the same result; false where there is none
-- units: accommodation = what living accommodation adds to counted pay or, below 0, takes from it, pounds
-- units: counted_pay = pay that counts, pounds; empty where gross_pay is
-- units: counted_hours = hours that count; empty where hours_work is
-- units: result = `below`, `meets` or `cannot_tell`
-- units: cause = why it cannot be told, code; empty where it can
-- units: shortfall = pay missing to the lowest rate that could apply, pounds, rounded up to the penny; 0.00 where met
WITH counted AS (
    SELECT
        t.provider_id,
        t.workplace_id,
        t.worker_key,
        p.sector,
        p.area_code,
        t.period_start,
        t.period_end,
        t.age,
        t.work_type,
        t.hours_travel,
        t.hours_waiting,
        t.hours_training,
        t.hours_awake_sleep_in,
        t.premium,
        t.allowances,
        t.absence_pay,
        t.tips,
        t.expenses,
        t.deductions_own_use,
        t.job_spending,
        t.accommodation_days,
        t.accommodation_charge,
        t.accommodation_free,
        d.rates_from,
        coalesce(CASE WHEN t.age > 98 THEN 98 ELSE t.age END, -1) AS rate_age,
        -- Of a worker who is not in the return nothing is known.
        CASE
            WHEN t.apprenticeship = 'none' THEN CAST(0 AS BIGINT)
            WHEN t.apprenticeship = 'apprentice' AND t.period_start < t.apprenticeship_start + INTERVAL '12 months'
                THEN CAST(1 AS BIGINT)
            WHEN t.apprenticeship = 'apprentice' THEN CAST(2 AS BIGINT)
            WHEN t.period_start >= t.apprenticeship_start + INTERVAL '12 months' THEN CAST(4 AS BIGINT)
            ELSE CAST(3 AS BIGINT)
        END AS apprenticeship,
        -- Days that are not given may be none or all of the period.
        CAST(coalesce(d.daily_offset, 0) * coalesce(t.accommodation_days, 0) AS DECIMAL(18, 4)) AS least_offset,
        CAST(coalesce(d.daily_offset, 0) * coalesce(
            t.accommodation_days, CAST(t.period_end AS INTEGER) - CAST(t.period_start AS INTEGER) + 1
        ) AS DECIMAL(18, 4)) AS most_offset,
        CAST(
            t.gross_pay - coalesce(t.premium, 0) - coalesce(t.allowances, 0) - coalesce(t.absence_pay, 0)
            - coalesce(t.tips, 0) - coalesce(t.expenses, 0) - coalesce(t.deductions_own_use, 0)
            - coalesce(t.job_spending, 0) AS DECIMAL(18, 4)
        ) AS pay_without_accommodation,
        CAST(
            t.hours_work + coalesce(t.hours_travel, 0) + coalesce(t.hours_waiting, 0) + coalesce(t.hours_training, 0)
            + coalesce(t.hours_awake_sleep_in, 0) AS DECIMAL(12, 4)
        ) AS counted_hours,
        t.period_end >= t.period_start + INTERVAL '31 days' AS too_long,
        coalesce(p.service IN ('domiciliary', 'supported_living', 'extra_care'), true)
            AND (t.hours_travel IS NULL OR t.hours_waiting IS NULL) AS incomplete
    FROM pay_period_starts AS d
    RIGHT JOIN pay_periods AS t ON t.period_start = d.period_start
    LEFT JOIN workplaces AS p ON p.provider_id = t.provider_id AND p.workplace_id = t.workplace_id
),
housed AS (
    SELECT
        c.*,
        -- A charge counts only by what it exceeds the offset (reg. 14).
        CASE
            WHEN accommodation_free THEN least_offset
            WHEN accommodation_charge > least_offset THEN CAST(least_offset - accommodation_charge AS DECIMAL(18, 4))
            ELSE 0
        END AS least_accommodation,
        CASE
            WHEN accommodation_free THEN most_offset
            WHEN accommodation_charge > most_offset THEN CAST(most_offset - accommodation_charge AS DECIMAL(18, 4))
            ELSE 0
        END AS most_accommodation
    FROM counted AS c
),
rated AS (
    SELECT
        c.*,
        CAST(c.pay_without_accommodation + c.least_accommodation AS DECIMAL(18, 4)) AS least_counted,
        CAST(c.pay_without_accommodation + c.most_accommodation AS DECIMAL(18, 4)) AS most_counted,
        r.lowest_band,
        r.lowest_rate,
        r.highest_rate,
        CAST(r.lowest_rate * c.counted_hours AS DECIMAL(24, 8)) AS least_pay,
        CAST(r.highest_rate * c.counted_hours AS DECIMAL(24, 8)) AS most_pay
    FROM statutory_rates AS r
    RIGHT JOIN housed AS c
        ON r.rates_from = c.rates_from AND r.age = c.rate_age AND r.apprenticeship = c.apprenticeship
),
judged AS (
    SELECT
        r.*,
        CASE
            WHEN least_counted IS NULL THEN 'pay_missing'
            WHEN counted_hours IS NULL THEN 'hours_missing'
            WHEN counted_hours = 0 THEN 'no_hours'
            WHEN too_long THEN 'period_too_long'
            WHEN lowest_rate IS NULL THEN 'no_rate'
            WHEN most_counted < least_pay THEN NULL
            WHEN least_counted < most_pay AND least_counted < most_counted THEN 'accommodation_missing'
            WHEN least_counted < most_pay THEN 'rates_differ'
            WHEN incomplete THEN 'travel_missing'
        END AS cause
    FROM rated AS r
),
decided AS (
    SELECT
        j.*,
        cause IS NULL AND most_counted < least_pay AS is_below,
        -- Below whatever the days: the least that is certainly missing.
        CASE WHEN cause IS NULL AND most_counted < least_pay THEN most_accommodation ELSE least_accommodation
        END AS accommodation,
        CASE WHEN cause IS NULL AND most_counted < least_pay THEN most_counted ELSE least_counted END AS counted_pay
    FROM judged AS j
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    sector,
    area_code,
    period_start,
    period_end,
    rates_from,
    age,
    work_type,
    hours_travel,
    hours_waiting,
    hours_training,
    hours_awake_sleep_in,
    premium,
    allowances,
    absence_pay,
    tips,
    expenses,
    deductions_own_use,
    job_spending,
    accommodation_days,
    accommodation_charge,
    accommodation_free,
    lowest_band,
    lowest_rate,
    highest_rate,
    lowest_rate IS NOT NULL
        AND (lowest_rate = highest_rate OR cause IS NULL OR cause = 'travel_missing') AS rates_agree,
    accommodation,
    counted_pay,
    counted_hours,
    CASE WHEN cause IS NOT NULL THEN 'cannot_tell' WHEN is_below THEN 'below' ELSE 'meets' END AS result,
    cause,
    CASE
        WHEN cause IS NOT NULL THEN NULL
        WHEN is_below THEN CAST(ceil((least_pay - counted_pay) * 100) / 100 AS DECIMAL(18, 2))
        ELSE CAST(0 AS DECIMAL(18, 2))
    END AS shortfall
FROM decided
