-- title: What workplaces answer about conditions of employment
-- description: One row a workplace and condition, answered or not.
-- units: sector = sector code
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: condition = condition code
-- units: yes = true where the workplace has the condition, empty where it does not answer or the condition has no yes
-- units: known_value = per cent or days a year, empty where it is not known or the condition has none
SELECT
    p.sector,
    p.provider_id,
    p.workplace_id,
    c.condition,
    CASE c.condition
        WHEN 'enhanced_sick_pay' THEN p.enhanced_sick_pay
        WHEN 'travel_time_paid' THEN
            CASE WHEN p.travel_time_pay <> 'no_travel' THEN p.travel_time_pay <> 'not_paid' END
        WHEN 'weekend_enhancement' THEN p.weekend_enhancement_pct > 0
        WHEN 'overtime_enhancement' THEN p.overtime_enhancement_pct > 0
        WHEN 'pension_above_minimum' THEN coalesce(p.pension_above_minimum, p.employer_pension_pct > 3)
        WHEN 'pay_award_pending' THEN p.pay_award_pending
    END AS yes,
    CASE c.condition
        WHEN 'weekend_enhancement' THEN p.weekend_enhancement_pct
        WHEN 'overtime_enhancement' THEN p.overtime_enhancement_pct
        WHEN 'pension_above_minimum' THEN p.employer_pension_pct
        WHEN 'annual_leave_days' THEN p.annual_leave_days
    END AS known_value
FROM workplaces AS p
CROSS JOIN (VALUES
    ('enhanced_sick_pay'),
    ('travel_time_paid'),
    ('weekend_enhancement'),
    ('overtime_enhancement'),
    ('pension_above_minimum'),
    ('annual_leave_days'),
    ('pay_award_pending')
) AS c (condition)
