-- title: The statutory minimum wage test, by provider
-- description: The pay periods of wage_test counted for each provider and sector, with the first reason that fits where it
-- description: cannot be told. It rests on the figures returned and is not a ruling. Where a provider's workplaces give
-- description: several names, the first in alphabetical order stands.
-- units: provider_id = provider code
-- units: provider_name = provider name
-- units: sector = sector code
-- units: periods = pay periods, count
-- units: meets = periods in which pay reaches the minimum, count
-- units: below = periods in which it does not, count
-- units: cannot_tell = periods of which it cannot be told, count; the sum of the next seven
-- units: pay_missing = of these, gross_pay is not given, count
-- units: hours_missing = hours_work is not given, count
-- units: no_hours = no hours count, count
-- units: period_too_long = the period has over 31 days, count
-- units: no_rate = no rate applies: under 16, or before the first known rates, count
-- units: rates_differ = the rates that an unknown age or apprenticeship leaves possible disagree, count
-- units: travel_missing = hours of travel or waiting are not given where they can be part of the work, count
-- units: accommodation_missing = days of accommodation that are not given would decide, count
-- units: shortfall = pay missing in the periods below, pounds
-- disclosure: restricted
WITH counted AS (
    SELECT
        provider_id,
        sector,
        count(*) AS periods,
        count(*) FILTER (WHERE result = 'meets') AS meets,
        count(*) FILTER (WHERE result = 'below') AS below,
        count(cause) AS cannot_tell,
        count(*) FILTER (WHERE cause = 'pay_missing') AS pay_missing,
        count(*) FILTER (WHERE cause = 'hours_missing') AS hours_missing,
        count(*) FILTER (WHERE cause = 'no_hours') AS no_hours,
        count(*) FILTER (WHERE cause = 'period_too_long') AS period_too_long,
        count(*) FILTER (WHERE cause = 'no_rate') AS no_rate,
        count(*) FILTER (WHERE cause = 'rates_differ') AS rates_differ,
        count(*) FILTER (WHERE cause = 'travel_missing') AS travel_missing,
        count(*) FILTER (WHERE cause = 'accommodation_missing') AS accommodation_missing,
        CAST(coalesce(sum(shortfall), 0) AS DECIMAL(18, 2)) AS shortfall
    FROM pay_period_tests
    GROUP BY provider_id, sector
),
names AS (
    SELECT provider_id, min(provider_name) AS provider_name
    FROM workplaces
    GROUP BY provider_id
)
SELECT
    c.provider_id,
    n.provider_name,
    c.sector,
    c.periods,
    c.meets,
    c.below,
    c.cannot_tell,
    c.pay_missing,
    c.hours_missing,
    c.no_hours,
    c.period_too_long,
    c.no_rate,
    c.rates_differ,
    c.travel_missing,
    c.accommodation_missing,
    c.shortfall
FROM counted AS c
JOIN names AS n ON n.provider_id = c.provider_id
ORDER BY c.provider_id, c.sector
