-- title: The statutory minimum wage test of each pay period
-- description: Whether the pay that counts, divided by the hours that count, reaches the National Living Wage or National
-- description: Minimum Wage of the period's first day, worker by worker (National Minimum Wage Act 1998; NMW Regulations
-- description: 2015). It rests on the figures returned and is a reading of the rules for a check, not legal advice or a
-- description: ruling. counted_pay is gross_pay less premium, allowances, absence_pay, tips, expenses, deductions_own_use
-- description: and job_spending; free accommodation adds the offset of the first day for each day, a charge takes away what
-- description: it exceeds that by. counted_hours is the five kinds of hours together, whatever the kind of work. What is
-- description: empty counts as 0 and is named in reason; but it cannot be told where gross_pay or hours_work is empty, no
-- description: hours count, the period has over 31 days, no rate applies (under 16, or before the first known rates), the
-- description: rates that an unknown age or apprenticeship leaves possible disagree, days of accommodation that are not
-- description: given would decide, or, in home care, supported living,
-- description: extra care and services not known, hours_travel or hours_waiting is empty and the rest is not below
-- description: already: unpaid travel and waiting count. effective_rate is then the most that it can be. Where several
-- description: rates agree the lowest is shown. Flat allowances for sleep-ins belong in allowances and are left out, the
-- description: cautious reading of reg. 10(k); count them in by leaving them out of that column.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: period_start = first day of the pay period, date
-- units: period_end = last day of the pay period, date
-- units: band = band of the statutory rate, empty where those possible disagree or there is none
-- units: floor = statutory rate of the first day, pounds an hour, empty like band
-- units: counted_pay = pay that counts, pounds
-- units: counted_hours = hours that count
-- units: effective_rate = counted_pay / counted_hours, pounds an hour; never the figure that is tested
-- units: result = `below`, `meets` or `cannot_tell`
-- units: shortfall = pay missing to the floor, pounds, rounded up to the penny; 0.00 where met, empty where it cannot be told
-- units: reason = what the result rests on, in words
-- disclosure: restricted
WITH worded AS (
    SELECT
        t.*,
        CASE t.work_type
            WHEN 'time' THEN 'Time work.'
            WHEN 'salaried'
                THEN 'Salaried hours: basic-hours test only: hours beyond the year''s basic hours are not tested.'
            WHEN 'output'
                THEN 'Output work: tested over all hours given; whether a piece rate is a fair piece rate is not tested.'
            WHEN 'unmeasured' THEN 'Unmeasured work: rests on hours given or a written daily average agreement.'
            ELSE 'The kind of work is not given.'
        END AS kind,
        CASE
            WHEN t.hours_travel IS NULL AND t.hours_waiting IS NULL THEN 'hours_travel and hours_waiting are'
            WHEN t.hours_travel IS NULL THEN 'hours_travel is'
            ELSE 'hours_waiting is'
        END AS travel,
        -- Minutes of work that the pay would still cover, at the highest rate that could apply.
        CASE WHEN t.cause = 'travel_missing'
            THEN CAST(floor((t.counted_pay - t.highest_rate * t.counted_hours) * 60 / t.highest_rate) AS BIGINT)
        END AS minutes,
        concat_ws(
            ', ',
            CASE WHEN t.premium > 0 THEN concat('premium ', CAST(t.premium AS VARCHAR)) END,
            CASE WHEN t.allowances > 0 THEN concat('allowances ', CAST(t.allowances AS VARCHAR)) END,
            CASE WHEN t.absence_pay > 0 THEN concat('absence_pay ', CAST(t.absence_pay AS VARCHAR)) END,
            CASE WHEN t.tips > 0 THEN concat('tips ', CAST(t.tips AS VARCHAR)) END,
            CASE WHEN t.expenses > 0 THEN concat('expenses ', CAST(t.expenses AS VARCHAR)) END,
            CASE WHEN t.deductions_own_use > 0
                THEN concat('deductions_own_use ', CAST(t.deductions_own_use AS VARCHAR))
            END,
            CASE WHEN t.job_spending > 0 THEN concat('job_spending ', CAST(t.job_spending AS VARCHAR)) END,
            CASE WHEN t.accommodation < 0
                THEN concat('accommodation charged above the offset ', CAST(-t.accommodation AS VARCHAR))
            END
        ) AS taken_out,
        concat_ws(
            ', ',
            CASE WHEN t.hours_travel IS NULL THEN 'hours_travel' END,
            CASE WHEN t.hours_waiting IS NULL THEN 'hours_waiting' END,
            CASE WHEN t.hours_training IS NULL THEN 'hours_training' END,
            CASE WHEN t.hours_awake_sleep_in IS NULL THEN 'hours_awake_sleep_in' END,
            CASE WHEN t.premium IS NULL THEN 'premium' END,
            CASE WHEN t.allowances IS NULL THEN 'allowances' END,
            CASE WHEN t.absence_pay IS NULL THEN 'absence_pay' END,
            CASE WHEN t.tips IS NULL THEN 'tips' END,
            CASE WHEN t.expenses IS NULL THEN 'expenses' END,
            CASE WHEN t.deductions_own_use IS NULL THEN 'deductions_own_use' END,
            CASE WHEN t.job_spending IS NULL THEN 'job_spending' END,
            CASE WHEN t.result <> 'below' AND t.accommodation_days IS NULL
                    AND (t.accommodation_free OR t.accommodation_charge > 0)
                THEN 'accommodation_days'
            END
        ) AS missing
    FROM pay_period_tests AS t
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    period_start,
    period_end,
    CASE WHEN rates_agree THEN lowest_band END AS band,
    CASE WHEN rates_agree THEN lowest_rate END AS floor,
    counted_pay,
    counted_hours,
    CAST(round(counted_pay / NULLIF(counted_hours, 0), 4) AS DECIMAL(18, 4)) AS effective_rate,
    result,
    shortfall,
    concat_ws(
        ' ',
        kind,
        CASE
            WHEN result = 'below' THEN 'Below: the pay that counts is less than the hours that count ask for.'
            WHEN result = 'meets' THEN 'Meets: the pay that counts is at least what the hours that count ask for.'
            WHEN cause = 'pay_missing' THEN 'Cannot tell: gross_pay is not given.'
            WHEN cause = 'hours_missing' THEN 'Cannot tell: hours_work is not given.'
            WHEN cause = 'no_hours' THEN 'Cannot tell: no hours count.'
            WHEN cause = 'period_too_long' THEN 'Cannot tell: a pay reference period has at most 31 days.'
            WHEN cause = 'no_rate' THEN 'Cannot tell: no rate applies: under 16, or before the first known rates.'
            WHEN cause = 'accommodation_missing'
                THEN 'Cannot tell: accommodation_days is not given, and the result depends on it.'
            WHEN cause = 'rates_differ'
                THEN concat(
                    'Cannot tell: an age or apprenticeship that is not known leaves rates from ',
                    regexp_replace(CAST(lowest_rate AS VARCHAR), '00$', ''), ' to ',
                    regexp_replace(CAST(highest_rate AS VARCHAR), '00$', ''), ' an hour, with different results.'
                )
            ELSE concat(
                'Cannot tell: ', travel, ' not given; meets only if unpaid working time is at most ',
                CAST(minutes AS VARCHAR), CASE WHEN minutes = 1 THEN ' minute.' ELSE ' minutes.' END
            )
        END,
        CASE WHEN rates_agree AND lowest_rate <> highest_rate
            THEN 'Several rates could apply and agree; the lowest is shown.'
        END,
        CASE WHEN taken_out <> ''
            THEN concat('Taken out: ', regexp_replace(taken_out, '([.][0-9][0-9])00', '\1', 'g'), '.')
        END,
        CASE WHEN accommodation > 0
            THEN concat('Added for free accommodation: ', regexp_replace(CAST(accommodation AS VARCHAR), '00$', ''), '.')
        END,
        CASE WHEN result = 'below' AND accommodation_days IS NULL AND (accommodation_free OR accommodation_charge > 0)
            THEN 'accommodation_days is not given: every day of the period is taken to count, which is the most.'
        END,
        CASE WHEN accommodation_days > CAST(period_end AS INTEGER) - CAST(period_start AS INTEGER) + 1
            THEN 'accommodation_days is more than the period has.'
        END,
        CASE WHEN missing <> '' THEN concat('Not given and counted as 0: ', missing, '.') END
    ) AS reason
FROM worded
ORDER BY provider_id, workplace_id, worker_key, period_start
