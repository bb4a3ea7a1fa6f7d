-- title: Pay periods below the statutory minimum, with what arrears rest on
-- description: One row a pay period whose pay is below. Arrears are taken to the rates of a later day for the same
-- description: circumstances as in the period: the apprentice rate for those who had it, otherwise the rate for the age
-- description: then. Where the age is not known the lowest age of the band then stands for it.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: period_start = first day of the pay period, date
-- units: period_end = last day of the pay period, date
-- units: band = band of the statutory rate
-- units: rate = statutory rate of the first day, pounds an hour
-- units: shortfall = pay missing to it, pounds, rounded up to the penny
-- units: uplift_age = age for which the later rate is looked up, completed years
-- units: uplift_apprenticeship = 1 for the apprentice rate, 0 for the rate by age
-- units: years_of_reach = years for which a claim reaches back, five in Scotland and six elsewhere; empty where the place is not known
-- units: penalty_percent = penalty as a per cent of the shortfall
-- units: penalty_minimum = least penalty of a notice, pounds
-- units: penalty_cap = greatest penalty, pounds
-- units: penalty_cap_per = what the cap is counted over: `notice` or `worker`
SELECT
    t.provider_id,
    t.workplace_id,
    t.worker_key,
    t.period_start,
    t.period_end,
    t.lowest_band AS band,
    t.lowest_rate AS rate,
    t.shortfall,
    coalesce(CASE WHEN t.age > 98 THEN 98 ELSE t.age END, greatest(f.min_age, 16)) AS uplift_age,
    CASE WHEN t.lowest_band = 'apprentice' THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS uplift_apprenticeship,
    CASE WHEN t.area_code LIKE 'S%' THEN 5 WHEN t.area_code IS NOT NULL THEN 6 END AS years_of_reach,
    p.percent AS penalty_percent,
    p.minimum AS penalty_minimum,
    p.cap AS penalty_cap,
    p.cap_per AS penalty_cap_per
FROM wage_floors AS f
RIGHT JOIN pay_period_tests AS t
    ON f.scheme = 'nlw_nmw' AND f.effective_from = t.rates_from AND f.band = t.lowest_band
LEFT JOIN wage_penalties AS p
    ON t.period_start >= p.period_from AND t.period_start <= coalesce(p.period_to, DATE '9999-12-31')
WHERE t.result = 'below'
