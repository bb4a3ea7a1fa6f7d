-- title: Contractual pay of each worker, with what a floor is held against
-- description: One row a job. Pay is for paid_hours: one hour, or for a salary a year of 52 weeks of contracted hours; the
-- description: longest year that it can be for has 365/7 weeks. Pay is known where there is an hourly rate and the worker is not
-- description: from an agency. What a year comes to is in sevenths of pounds, so that sums are exact; hours are those
-- description: contracted, or the average ones where these are empty or 0.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: role = role code
-- units: role_group = role group code
-- units: registered = state of registration with the social care regulator, code
-- units: in_first_six_months = true until six calendar months after the start, empty where that is not known
-- units: floor_age = completed years, 98 for 98 and over, -1 where not known
-- units: apprenticeship = 0 none, 1 first twelve months, 2 later, 3 start not known
-- units: pay_known = true where pay can be held against a floor
-- units: salaried = true where pay is a salary
-- units: hourly = basic pay, pounds an hour
-- units: allowance = guaranteed allowance outside basic pay, pounds an hour, 0 for none
-- units: pay = basic pay for paid_hours, pounds
-- units: paid_hours = hours that pay is for, counting 52 weeks of a salary
-- units: most_hours_sevenths = seven times the hours that pay is for, counting 365/7 weeks of a salary
-- units: year_hours_sevenths = seven times the hours of a year of 365/7 weeks, empty where no hours are known
-- units: year_pay_sevenths = seven times basic pay over that year, pounds, empty where no hours are known
WITH coded AS (
    SELECT
        w.*,
        w.pay_basis = 'annual' AS salaried,
        CASE WHEN w.contracted_hours <> 0 THEN w.contracted_hours ELSE w.average_hours END AS usual_hours
    FROM workers AS w
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    role,
    role_group,
    registered,
    period <= start_date + INTERVAL '6 months' AS in_first_six_months,
    coalesce(CASE WHEN age > 98 THEN 98 ELSE age END, -1) AS floor_age,
    CASE
        WHEN NOT coalesce(apprentice, apprenticeship_start IS NOT NULL) THEN CAST(0 AS BIGINT)
        WHEN apprenticeship_start IS NULL THEN CAST(3 AS BIGINT)
        WHEN period < apprenticeship_start + INTERVAL '12 months' THEN CAST(1 AS BIGINT)
        ELSE CAST(2 AS BIGINT)
    END AS apprenticeship,
    hourly IS NOT NULL AND tenure IS DISTINCT FROM 'agency' AS pay_known,
    salaried,
    hourly,
    coalesce(guaranteed_allowance, CAST(0 AS DECIMAL(9, 4))) AS allowance,
    CASE WHEN salaried THEN pay_rate ELSE hourly END AS pay,
    CASE WHEN salaried THEN CAST(contracted_hours * 52 AS DECIMAL(12, 4)) ELSE 1 END AS paid_hours,
    CASE WHEN salaried THEN CAST(contracted_hours * 365 AS DECIMAL(13, 4)) ELSE 7 END AS most_hours_sevenths,
    CAST(usual_hours * 365 AS DECIMAL(13, 4)) AS year_hours_sevenths,
    CASE WHEN salaried THEN pay_rate * 7 ELSE hourly * usual_hours * 365 END AS year_pay_sevenths
FROM coded
