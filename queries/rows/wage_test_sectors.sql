-- title: The rows behind pay actually made against the statutory minimum
-- description: One row a pay period, in each sector that it counts in. A worker counts on the first of his or her
-- description: periods.
-- key: sector
-- behind: below_pct = tested
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: period_start = first day of the pay period, date
-- units: result = `below`, `meets` or `cannot_tell`, of the period
-- units: tested = 1 on the first period of a worker below in a period or who meets the minimum in all, 0 on the others
-- units: below = 1 on the first period of a worker below in at least one, 0 on the others
-- units: cannot_tell = 1 on the first period of a worker for whom it cannot be told, 0 on the others
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
WITH worked_out AS (
    SELECT
        t.*,
        max(CASE WHEN t.result = 'below' THEN 1 ELSE 0 END) OVER worker AS ever_below,
        max(CASE WHEN t.result = 'cannot_tell' THEN 1 ELSE 0 END) OVER worker AS ever_unsure,
        CASE WHEN row_number() OVER (
            PARTITION BY provider_id, workplace_id, sector, worker_key ORDER BY period_start
        ) = 1 THEN 1 ELSE 0 END AS first_period
    FROM pay_period_tests AS t
    WINDOW worker AS (PARTITION BY provider_id, workplace_id, sector, worker_key)
)
SELECT
    s.counts_in AS sector,
    'pay_periods' AS table_name,
    p.return_id,
    p.source_file,
    p.source_row,
    p.provider_id,
    p.workplace_id,
    p.worker_key,
    p.period_start,
    t.result,
    CASE WHEN t.ever_below = 1 OR t.ever_unsure = 0 THEN t.first_period END AS tested,
    CASE WHEN t.ever_below = 1 THEN t.first_period END AS below,
    CASE WHEN t.ever_below = 0 AND t.ever_unsure = 1 THEN t.first_period END AS cannot_tell,
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
FROM worked_out AS t
JOIN pay_periods AS p
    ON p.provider_id = t.provider_id
    AND p.workplace_id = t.workplace_id
    AND p.worker_key = t.worker_key
    AND p.period_start = t.period_start
JOIN sector_totals AS s ON s.sector = t.sector
ORDER BY sector, return_id, source_file, source_row
