-- title: The rows behind the statutory minimum wage test, by provider
-- description: One row a pay period.
-- key: provider_id sector
-- units: sector = sector code of the workplace
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: period_start = first day of the pay period, date
-- units: result = `below`, `meets` or `cannot_tell`, of the period
-- units: periods = 1, for the pay period
-- units: meets = 1 for a period in which pay reaches the minimum
-- units: below = 1 for a period in which it does not
-- units: cannot_tell = 1 for a period of which it cannot be told
-- units: pay_missing = 1 where that is the reason
-- units: hours_missing = 1 where that is the reason
-- units: no_hours = 1 where that is the reason
-- units: period_too_long = 1 where that is the reason
-- units: no_rate = 1 where that is the reason
-- units: rates_differ = 1 where that is the reason
-- units: travel_missing = 1 where that is the reason
-- units: accommodation_missing = 1 where that is the reason
-- units: shortfall = pay missing in a period below, pounds
-- units: age = completed years on the first day
-- units: apprenticeship = what is known of an apprenticeship, code
-- units: work_type = kind of work, code
-- units: hours_work = hours of work
-- units: hours_travel = hours of travel between assignments
-- units: hours_waiting = hours of waiting
-- units: hours_training = hours of training
-- units: hours_awake_sleep_in = hours awake for work during sleep-ins
-- units: gross_pay = gross pay of the period, pounds
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
-- units: lowest_rate = lowest statutory rate that could apply, pounds an hour
-- units: highest_rate = highest statutory rate that could apply, pounds an hour
-- disclosure: restricted
SELECT
    p.provider_id,
    t.sector,
    'pay_periods' AS table_name,
    p.return_id,
    p.source_file,
    p.source_row,
    p.workplace_id,
    p.worker_key,
    p.period_start,
    t.result,
    1 AS periods,
    CASE WHEN t.result = 'meets' THEN 1 END AS meets,
    CASE WHEN t.result = 'below' THEN 1 END AS below,
    CASE WHEN t.result = 'cannot_tell' THEN 1 END AS cannot_tell,
    CASE WHEN t.cause = 'pay_missing' THEN 1 END AS pay_missing,
    CASE WHEN t.cause = 'hours_missing' THEN 1 END AS hours_missing,
    CASE WHEN t.cause = 'no_hours' THEN 1 END AS no_hours,
    CASE WHEN t.cause = 'period_too_long' THEN 1 END AS period_too_long,
    CASE WHEN t.cause = 'no_rate' THEN 1 END AS no_rate,
    CASE WHEN t.cause = 'rates_differ' THEN 1 END AS rates_differ,
    CASE WHEN t.cause = 'travel_missing' THEN 1 END AS travel_missing,
    CASE WHEN t.cause = 'accommodation_missing' THEN 1 END AS accommodation_missing,
    CASE WHEN t.result = 'below' THEN t.shortfall END AS shortfall,
    p.age,
    p.apprenticeship,
    p.work_type,
    p.hours_work,
    p.hours_travel,
    p.hours_waiting,
    p.hours_training,
    p.hours_awake_sleep_in,
    p.gross_pay,
    p.premium,
    p.allowances,
    p.absence_pay,
    p.tips,
    p.expenses,
    p.deductions_own_use,
    p.job_spending,
    p.accommodation_days,
    p.accommodation_charge,
    p.accommodation_free,
    t.lowest_rate,
    t.highest_rate
FROM pay_period_tests AS t
JOIN pay_periods AS p
    ON p.provider_id = t.provider_id
    AND p.workplace_id = t.workplace_id
    AND p.worker_key = t.worker_key
    AND p.period_start = t.period_start
ORDER BY provider_id, sector, return_id, source_file, source_row
