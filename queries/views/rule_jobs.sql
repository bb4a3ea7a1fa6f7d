-- title: Jobs as the rules on contracts look at them
-- description: One row a job, with what its predicates need beside the columns of `jobs`. No hours are guaranteed where
-- description: zero_hours is yes, or is empty and contracted_hours are 0. `no` beside 0 contracted hours contradicts itself:
-- description: what is guaranteed is not known then.
-- units: no_guarantee = true where no hours are guaranteed, empty where it is not known
-- units: guaranteed_hours = guaranteed hours a week: 0 where none are, otherwise contracted_hours
-- units: registration_due = last day by which Social Care Wales asks for registration, where it does, date; empty without a start
-- units: spell_start = start of the present spell without guaranteed hours, or else with the provider, date
SELECT
    j.*,
    CASE WHEN j.zero_hours IS NULL THEN j.contracted_hours = 0
        WHEN j.zero_hours THEN true
        WHEN j.contracted_hours = 0 THEN NULL
        ELSE false
    END AS no_guarantee,
    CASE WHEN j.zero_hours THEN CAST(0 AS DECIMAL(9, 4))
        WHEN NOT j.zero_hours AND j.contracted_hours = 0 THEN NULL
        ELSE j.contracted_hours
    END AS guaranteed_hours,
    coalesce(j.zero_hours_since, j.start_date) AS spell_start,
    CASE
        WHEN j.start_date >= DATE '2023-04-01'
            OR j.service IN ('domiciliary', 'supported_living') AND j.role_group IN ('front_line', 'senior', 'supervisor')
        THEN j.start_date + INTERVAL '6 months'
        WHEN j.start_date >= DATE '2022-09-30' THEN DATE '2023-10-01'
        ELSE j.start_date + INTERVAL '12 months'
    END AS registration_due
FROM jobs AS j
