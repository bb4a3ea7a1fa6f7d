-- title: Jobs as the audit of contracts looks at them
-- description: One row a job, with what `contract_audit` counts. Whether the workplace is one at which registration is looked
-- description: at stands in `audited_workplaces`.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: tenure = tenure code
-- units: zero_hours = true where no hours are guaranteed
-- units: contracted_hours = guaranteed hours a week
-- units: average_hours = mean hours worked a week over the last 12 weeks
-- units: employed = true for permanent, temporary and fixed-term workers who are not on zero hours
-- units: registration = `in_time`, `overdue` or `unknown` in a role that registers, empty where there is nothing to look at
-- units: role_group = role group code
-- units: registered = state of registration with the social care regulator, code
-- units: start_date = start with the provider, date
-- units: return_id = return that the job was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
SELECT
    w.provider_id,
    w.workplace_id,
    w.worker_key,
    w.tenure,
    w.zero_hours,
    w.contracted_hours,
    w.average_hours,
    w.tenure IN ('permanent', 'temporary', 'fixed_term') AND w.zero_hours IS DISTINCT FROM true AS employed,
    CASE
        WHEN w.role_group IN ('front_line', 'senior', 'supervisor', 'manager', 'social_work')
            AND (w.registered IS NULL OR w.registered IN ('no', 'applied'))
            AND w.period >= CASE
                WHEN w.service = 'adult_placement' AND w.role_group <> 'social_work' THEN DATE '2022-10-01'
                WHEN w.role_group IN ('manager', 'social_work') THEN DATE '2018-01-01'
                WHEN w.service IN ('residential', 'nursing') THEN DATE '2022-10-01'
                WHEN w.service IN ('domiciliary', 'supported_living') THEN DATE '2020-04-01'
                ELSE DATE '2018-01-01'
            END
        THEN
            CASE
                WHEN w.registered IS NULL OR w.start_date IS NULL THEN 'unknown'
                WHEN w.period <= w.registration_due THEN 'in_time'
                WHEN w.registered = 'no' THEN 'overdue'
                ELSE 'unknown'
            END
    END AS registration,
    w.role_group,
    w.registered,
    w.start_date,
    w.return_id,
    w.source_file,
    w.source_row
FROM rule_jobs AS w
