-- title: Real Living Wage in London and elsewhere
-- description: One row: the two rates that employers had to pay by the period.
-- units: uk_floor = rate outside London, pounds an hour
-- units: london_floor = rate in London, pounds an hour
SELECT
    min(CASE WHEN band = 'uk' THEN rate END) AS uk_floor,
    min(CASE WHEN band = 'london' THEN rate END) AS london_floor
FROM floors_in_force
WHERE standard = 'real_living_wage'
