-- title: Contractual pay of each worker against the wage floors
-- description: One row a worker. A result is `below` or `meets` only where every floor that could apply gives that answer;
-- description: agency workers, pay without an hourly rate and the rest are `cannot_tell`. Hourly pay is below where it is
-- description: under the floor. A salary is compared over the year: for the real Living Wage with 52 weeks of contracted hours;
-- description: for the statutory floor it is below under 52 weeks, meets the floor from 365/7 weeks on, and between them it
-- description: cannot be told. A guaranteed allowance counts for the real Living Wage only, whose result is empty for those
-- description: out of its scope: known under-18s and apprentices. An unknown age with pay below it cannot be told, as the
-- description: worker may be under 18. This compares contractual rates; it is not a finding of underpayment.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: role_group = role group code
-- units: sector = sector code of the workplace
-- units: salaried = true where pay is a salary
-- units: hourly = basic pay, pounds an hour
-- units: nlw_nmw_lowest = lowest statutory floor that could apply, pounds an hour
-- units: nlw_nmw_highest = highest statutory floor that could apply, pounds an hour
-- units: nlw_nmw_result = `below`, `meets` or `cannot_tell` against the statutory floor
-- units: nlw_nmw_shortfall_sevenths = seven times the yearly shortfall of a worker below, pounds; whole so that sums are exact
-- units: real_living_wage_lowest = lowest real Living Wage that could apply, pounds an hour
-- units: real_living_wage_highest = highest real Living Wage that could apply, pounds an hour
-- units: real_living_wage_result = `below`, `meets` or `cannot_tell` against it, empty for those out of scope
-- units: real_living_wage_shortfall_sevenths = seven times the yearly shortfall of a worker below, pounds
WITH placed AS (
    SELECT
        p.*,
        w.sector,
        CASE WHEN w.london THEN v.london_floor WHEN NOT w.london THEN v.uk_floor
            ELSE least(v.uk_floor, v.london_floor)
        END AS lowest_voluntary,
        CASE WHEN w.london THEN v.london_floor WHEN NOT w.london THEN v.uk_floor
            ELSE greatest(v.uk_floor, v.london_floor)
        END AS highest_voluntary
    FROM voluntary_floors AS v
    CROSS JOIN contractual_pay AS p
    LEFT JOIN places AS w ON w.provider_id = p.provider_id AND w.workplace_id = p.workplace_id
),
compared AS (
    SELECT
        p.*,
        f.lowest_floor,
        f.highest_floor,
        p.pay_known AND p.pay < f.lowest_floor * p.paid_hours AS below_statutory,
        p.pay_known AND p.pay * 7 >= f.highest_floor * p.most_hours_sevenths AS meets_statutory,
        -- An age that is not known is -1.
        p.apprenticeship = 0 AND p.floor_age NOT BETWEEN 0 AND 17 AS in_scope,
        p.pay_known AND p.floor_age >= 18 AND p.apprenticeship = 0
            AND p.pay < (p.lowest_voluntary - p.allowance) * p.paid_hours AS below_voluntary,
        p.pay_known AND p.pay >= (p.highest_voluntary - p.allowance) * p.paid_hours AS meets_voluntary
    FROM placed AS p
    -- Before the first known rate there is no floor, and it cannot be told.
    LEFT JOIN statutory_floors AS f ON f.age = p.floor_age AND f.apprenticeship = p.apprenticeship
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    role_group,
    sector,
    salaried,
    hourly,
    lowest_floor AS nlw_nmw_lowest,
    highest_floor AS nlw_nmw_highest,
    CASE WHEN below_statutory THEN 'below' WHEN meets_statutory THEN 'meets' ELSE 'cannot_tell' END AS nlw_nmw_result,
    CASE WHEN below_statutory THEN lowest_floor * year_hours_sevenths - year_pay_sevenths
    END AS nlw_nmw_shortfall_sevenths,
    lowest_voluntary AS real_living_wage_lowest,
    highest_voluntary AS real_living_wage_highest,
    CASE
        WHEN NOT in_scope THEN NULL
        WHEN below_voluntary THEN 'below'
        WHEN meets_voluntary THEN 'meets'
        ELSE 'cannot_tell'
    END AS real_living_wage_result,
    -- A salary is for 52 weeks here.
    CASE WHEN below_voluntary
        THEN (lowest_voluntary - allowance) * CASE WHEN salaried THEN paid_hours * 7 ELSE year_hours_sevenths END
            - year_pay_sevenths
    END AS real_living_wage_shortfall_sevenths
FROM compared
