-- title: The rows behind conditions of employment
-- description: One row a workplace and condition.
-- key: sector condition
-- behind: yes_pct = yes
-- behind: median_value = known_value
-- units: sector = sector code
-- units: condition = condition code
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: workplaces = 1, for the workplace
-- units: answered = 1 for a workplace that answers
-- units: yes = true where the workplace has the condition, empty where it does not answer
-- units: known_value = per cent or days a year, empty where it is not known
-- units: enhanced_sick_pay = answer as returned
-- units: travel_time_pay = how travel between visits is paid, code
-- units: weekend_enhancement_pct = extra for weekend work, per cent of basic pay
-- units: overtime_enhancement_pct = extra for overtime, per cent of basic pay
-- units: pension_above_minimum = answer as returned
-- units: employer_pension_pct = employer's contribution, per cent of pay
-- units: annual_leave_days = days of leave a year
-- units: pay_award_pending = answer as returned
-- disclosure: restricted
SELECT
    a.sector,
    a.condition,
    'workplaces' AS table_name,
    p.return_id,
    p.source_file,
    p.source_row,
    a.provider_id,
    a.workplace_id,
    1 AS workplaces,
    CASE WHEN a.yes IS NOT NULL OR a.known_value IS NOT NULL THEN 1 END AS answered,
    a.yes,
    a.known_value,
    p.enhanced_sick_pay,
    p.travel_time_pay,
    p.weekend_enhancement_pct,
    p.overtime_enhancement_pct,
    p.pension_above_minimum,
    p.employer_pension_pct,
    p.annual_leave_days,
    p.pay_award_pending
FROM condition_answers AS a
JOIN workplaces AS p ON p.provider_id = a.provider_id AND p.workplace_id = a.workplace_id
ORDER BY sector, condition, return_id, source_file, source_row
