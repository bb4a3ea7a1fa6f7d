-- title: Penalties for underpayment of the minimum wage, by start of the pay period
-- description: One row a rule of section 19A of the National Minimum Wage Act 1998: the penalty is a share of the shortfall
-- description: before any uplift, at least the minimum and at most the cap, which is counted over the notice or for each
-- description: worker named in it. As stated in HMRC's National Minimum Wage Manual, NMWM13218.
-- units: period_from = first start of a pay period that the row is for, date
-- units: period_to = last start, date, empty for open
-- units: percent = penalty as a per cent of the shortfall
-- units: minimum = least penalty of a notice, pounds
-- units: cap = greatest penalty, pounds
-- units: cap_per = what the cap is counted over: `notice` or `worker`
SELECT period_from, period_to, percent, minimum, cap, cap_per
FROM (VALUES
    (DATE '2009-04-06', DATE '2014-03-06', 50, 100, 5000, 'notice'),
    (DATE '2014-03-07', DATE '2015-05-25', 100, 100, 20000, 'notice'),
    (DATE '2015-05-26', DATE '2016-03-31', 100, 100, 20000, 'worker'),
    (DATE '2016-04-01', CAST(NULL AS DATE), 200, 100, 20000, 'worker')
) AS t (period_from, period_to, percent, minimum, cap, cap_per)
