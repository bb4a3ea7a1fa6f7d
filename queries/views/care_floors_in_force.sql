-- title: Pay floors of social care and the health service at the period
-- description: One row a standard with a rate at the period. They are policy commitments or contractual minima, not law.
-- description: Between the day from which a new rate is to be paid and the day by which it is to have reached workers both the
-- description: rate before it and the new one can apply: then the two differ, and before a first rate has to have reached
-- description: anybody the lowest is empty.
-- units: standard = standard code, the scheme of the wage floors
-- units: nation = nation that the standard is for, code
-- units: living_wage_rule = true where pay is compared as for the real Living Wage, false where basic pay alone is
-- units: lowest_floor = lowest rate that could apply, pounds an hour
-- units: highest_floor = highest rate that could apply, pounds an hour
WITH edition AS (
    SELECT max(period) AS period FROM workplaces
),
dated AS (
    SELECT
        s.standard,
        s.nation,
        s.living_wage_rule,
        f.rate,
        f.effective_from,
        coalesce(f.implement_by, f.effective_from) <= e.period AS due
    FROM edition AS e
    CROSS JOIN wage_floors AS f
    JOIN (VALUES
        ('wales_social_care_rlw', 'wales', true),
        ('scotland_adult_social_care', 'scotland', true),
        ('agenda_for_change_england', 'england', false),
        ('agenda_for_change_wales', 'wales', false)
    ) AS s (standard, nation, living_wage_rule) ON s.standard = f.scheme
    WHERE f.effective_from <= e.period
)
SELECT
    standard,
    nation,
    living_wage_rule,
    -- Rates that are not due yet come last and are blanked.
    first_value(CASE WHEN due THEN rate END ORDER BY due DESC, effective_from DESC, rate DESC) AS lowest_floor,
    first_value(rate ORDER BY effective_from DESC, rate DESC) AS highest_floor
FROM dated
GROUP BY standard, nation, living_wage_rule
