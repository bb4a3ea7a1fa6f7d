-- title: The row behind the arrears of a pay period
-- description: One row a pay period below the statutory minimum, with what was returned of it.
-- param: notice_date date empty
-- key: provider_id workplace_id worker_key period_start
-- units: period_start = first day of the pay period, date
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
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
-- units: rate_then = statutory rate of the period's first day, pounds an hour
-- units: rate_now = rate for the same circumstances on the notice's date, pounds an hour
-- disclosure: restricted
WITH uplifts AS (
    SELECT *, coalesce($notice_date, (SELECT max(period) FROM workplaces)) AS notice_date
    FROM wage_uplifts
)
SELECT
    p.provider_id,
    p.workplace_id,
    p.worker_key,
    p.period_start,
    'pay_periods' AS table_name,
    p.return_id,
    p.source_file,
    p.source_row,
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
    t.rate AS rate_then,
    t.notice_rate AS rate_now
FROM uplifts AS t
JOIN pay_periods AS p
    ON p.provider_id = t.provider_id
    AND p.workplace_id = t.workplace_id
    AND p.worker_key = t.worker_key
    AND p.period_start = t.period_start
WHERE t.notice_date BETWEEN t.notice_from AND t.notice_until
ORDER BY provider_id, workplace_id, worker_key, period_start
