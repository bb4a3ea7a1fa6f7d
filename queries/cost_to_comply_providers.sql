-- title: What it would cost each provider to raise pay to a floor, hours unchanged
-- description: As cost_to_comply, with its parameters, for each provider and sector. Where a provider's workplaces give several
-- description: names, the first in alphabetical order stands.
-- param: floor decimal empty
-- param: on_costs_pct decimal 0
-- param: ripple_pct decimal 0
-- param: ripple_over decimal 0
-- units: provider_id = provider code
-- units: provider_name = provider name
-- units: sector = sector code
-- units: floor = floor that pay is raised to, pounds an hour; empty for the statutory rate of each worker's own age
-- units: workers = workers whose pay rises, count
-- units: cannot_tell = workers for whom it cannot be told whether pay rises, count
-- units: cost = their rises over a year, pounds; 0.00 where nobody's pay rises, empty where no hours of them are known
-- units: on_costs = on_costs_pct per cent of cost, pounds a year
-- units: total = cost and on_costs together, pounds a year
-- units: hours_unknown = workers whose pay rises and whose hours are not known, count
-- units: pay_bill = pay of a year of all workers whose pay and hours are known, pounds
-- units: cost_pct_of_pay_bill = cost as a per cent of pay_bill
-- disclosure: restricted
WITH by_provider AS (
    SELECT
        provider_id,
        sector,
        CAST($floor AS DECIMAL(18, 4)) AS floor,
        CAST($on_costs_pct AS DECIMAL(9, 4)) AS on_costs_pct,
        sum(raised) AS raised,
        sum(raised_known) AS raised_known,
        sum(cannot_tell) AS cannot_tell,
        -- Nobody raised costs nothing; where nobody raised has hours the cost is not known.
        CASE WHEN sum(raised) = 0 THEN 0 ELSE sum(rise_sevenths) END AS rise_sevenths,
        sum(pay_sevenths) AS pay_sevenths
    FROM pay_rise_results
    GROUP BY provider_id, sector
),
names AS (
    SELECT provider_id, min(provider_name) AS provider_name
    FROM workplaces
    GROUP BY provider_id
)
SELECT
    b.provider_id,
    n.provider_name,
    b.sector,
    b.floor,
    CAST(b.raised AS BIGINT) AS workers,
    CAST(b.cannot_tell AS BIGINT) AS cannot_tell,
    CAST(round(b.rise_sevenths / 7, 2) AS DECIMAL(18, 2)) AS cost,
    CAST(round(b.rise_sevenths * b.on_costs_pct / 700, 2) AS DECIMAL(18, 2)) AS on_costs,
    CAST(round(b.rise_sevenths * (100 + b.on_costs_pct) / 700, 2) AS DECIMAL(18, 2)) AS total,
    CAST(b.raised - b.raised_known AS BIGINT) AS hours_unknown,
    CAST(round(b.pay_sevenths / 7, 2) AS DECIMAL(18, 2)) AS pay_bill,
    CAST(round(b.rise_sevenths * 100 / NULLIF(b.pay_sevenths, 0), 2) AS DECIMAL(9, 2)) AS cost_pct_of_pay_bill
FROM names AS n
JOIN by_provider AS b ON b.provider_id = n.provider_id
ORDER BY b.provider_id, b.sector
