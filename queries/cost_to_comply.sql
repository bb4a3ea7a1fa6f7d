-- title: What it would cost to raise pay to a floor, hours unchanged
-- description: A what-if over a year of contractual pay, hours unchanged; not a forecast, nor a finding of underpayment. Without
-- description: `floor` each worker is raised to the statutory rate of the own age: those raised are those below it in
-- description: living_wage, and without ripple the cost is its annual shortfall. A given floor, in pounds an hour, is for
-- description: everybody, whatever the age. ripple_pct and ripple_over are set together, to keep some of the distance to those
-- description: paid more: near the floor workers gain ripple_pct per cent of what the lowest paid of their provider gain an
-- description: hour, further up the rise falls evenly, and from ripple_over pounds above the floor it is nothing; pay_rises has
-- description: the formula. on_costs_pct is a setting of the reader's: what the employer pays on top of a pound of pay (National
-- description: Insurance, pension, holiday). Hours are those contracted, or the average ones where these are empty or 0; workers
-- description: to be raised whose hours are not known are in `workers` but not in the cost. pay_bill is the pay of everybody
-- description: whose pay and hours are known. Agency workers and pay without an hourly rate are cannot_tell, as are those of
-- description: whom living_wage cannot tell. cost, on_costs and total are each rounded by itself.
-- param: floor decimal empty
-- param: on_costs_pct decimal 0
-- param: ripple_pct decimal 0
-- param: ripple_over decimal 0
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: floor = floor that pay is raised to, pounds an hour; empty for the statutory rate of each worker's own age
-- units: workers = workers whose pay rises, count
-- units: cannot_tell = workers for whom it cannot be told whether pay rises, count
-- units: cost = their rises over a year, pounds; 0.00 where nobody's pay rises, empty where no hours of them are known
-- units: on_costs = on_costs_pct per cent of cost, pounds a year
-- units: total = cost and on_costs together, pounds a year
-- units: hours_unknown = workers whose pay rises and whose hours are not known, count
-- units: pay_bill = pay of a year of all workers whose pay and hours are known, pounds
-- units: cost_pct_of_pay_bill = cost as a per cent of pay_bill
-- disclosure: key role_group sector floor
-- disclosure: total role_group sector
-- disclosure: small workers empties cost on_costs total hours_unknown cost_pct_of_pay_bill
-- disclosure: small cannot_tell
-- disclosure: small hours_unknown
-- disclosure: small basis_cost_workers empties cost on_costs total cost_pct_of_pay_bill
-- disclosure: guard workers
-- disclosure: guard cannot_tell
-- disclosure: guard hours_unknown
-- disclosure: guard basis_cost_workers
WITH totalled AS (
    SELECT
        r.counts_in AS role_group,
        s.counts_in AS sector,
        b.provider_id,
        sum(b.raised) AS raised,
        sum(b.raised_known) AS raised_known,
        sum(b.raised_known * s.private) AS private_raised,
        sum(b.cannot_tell) AS cannot_tell,
        sum(b.paid_workers) AS paid_workers,
        sum(b.paid_workers * s.private) AS private_workers,
        sum(b.rise_sevenths) AS rise_sevenths,
        sum(b.pay_sevenths) AS pay_sevenths
    FROM pay_rise_results AS b
    JOIN sector_totals AS s ON s.sector = b.sector
    JOIN role_group_totals AS r ON r.role_group = b.role_group
    GROUP BY r.counts_in, s.counts_in, b.provider_id
),
cells AS (
    SELECT
        role_group,
        sector,
        CAST($floor AS DECIMAL(18, 4)) AS floor,
        CAST($on_costs_pct AS DECIMAL(9, 4)) AS on_costs_pct,
        sum(raised) AS raised,
        sum(raised_known) AS raised_known,
        sum(cannot_tell) AS cannot_tell,
        -- Nobody raised costs nothing; where nobody raised has hours the cost is not known.
        CASE WHEN sum(raised) = 0 THEN 0 ELSE sum(rise_sevenths) END AS rise_sevenths,
        sum(pay_sevenths) AS pay_sevenths,
        sum(paid_workers) AS paid_workers,
        -- A cost that is the figure of one or two providers, or mostly of one, counts as one person's.
        sum(private_raised) > 0 AND (
            count(CASE WHEN private_raised > 0 THEN 1 END) < 3 OR max(private_raised) * 2 > sum(private_raised)
        ) AS of_few_providers,
        sum(private_workers) AS private_workers,
        count(CASE WHEN private_workers > 0 THEN 1 END) AS private_providers,
        max(private_workers) AS private_largest
    FROM totalled
    GROUP BY role_group, sector
)
SELECT
    role_group,
    sector,
    floor,
    CAST(raised AS BIGINT) AS workers,
    CAST(cannot_tell AS BIGINT) AS cannot_tell,
    CAST(round(rise_sevenths / 7, 2) AS DECIMAL(18, 2)) AS cost,
    CAST(round(rise_sevenths * on_costs_pct / 700, 2) AS DECIMAL(18, 2)) AS on_costs,
    CAST(round(rise_sevenths * (100 + on_costs_pct) / 700, 2) AS DECIMAL(18, 2)) AS total,
    CAST(raised - raised_known AS BIGINT) AS hours_unknown,
    CAST(round(pay_sevenths / 7, 2) AS DECIMAL(18, 2)) AS pay_bill,
    CAST(round(rise_sevenths * 100 / NULLIF(pay_sevenths, 0), 2) AS DECIMAL(9, 2)) AS cost_pct_of_pay_bill,
    CAST(CASE WHEN of_few_providers THEN 1 ELSE raised_known END AS BIGINT) AS basis_cost_workers,
    CAST(paid_workers AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM cells
ORDER BY role_group, sector
