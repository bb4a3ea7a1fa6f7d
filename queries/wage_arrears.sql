-- title: Arrears at the rates of a notice's date, indicative
-- description: Indicative only: what the pay periods below the statutory minimum would come to if a notice were served on
-- description: notice_date; not a notice, a ruling or legal advice. One row a pay period below. Arrears are the higher of the
-- description: shortfall and shortfall x rate on the notice's date / rate then, for the same circumstances as in the period
-- description: (National Minimum Wage Act 1998, s. 17): an apprentice's rate for an apprentice, otherwise the rate for the
-- description: age then, whatever the band is called now. The penalty is of the shortfall before the uplift, by the start of
-- description: the period (s. 19A), before the minimum and the caps of a notice, which wage_arrears_providers applies; half
-- description: of it settles where all is paid within 14 days. reach says whether a claim reaches back that far: six years
-- description: from the end of the period, five in Scotland, to be confirmed by counsel; `cannot_tell` where the place is not
-- description: known and it matters. notice_date is the reference date of the edition unless given; the rates are those known
-- description: for that day. It rests on the figures returned.
-- param: notice_date date empty
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: period_start = first day of the pay period, date
-- units: period_end = last day of the pay period, date
-- units: band = band of the statutory rate then
-- units: floor = statutory rate then, pounds an hour
-- units: shortfall = pay missing to it, pounds, rounded up to the penny
-- units: notice_date = day on which the notice is taken to be served, date
-- units: notice_band = band that now covers the same circumstances
-- units: notice_rate = its rate on the notice's date, pounds an hour
-- units: arrears = indicative arrears, pounds
-- units: penalty_pct = penalty as a per cent of the shortfall, empty for periods before 6 April 2009
-- units: penalty = indicative penalty before minimum and caps, pounds
-- units: prompt_penalty = half of it, pounds
-- units: reach = `within` or `beyond` the years that a claim reaches back, or `cannot_tell`
-- disclosure: restricted
WITH notice AS (
    SELECT coalesce($notice_date, max(period)) AS notice_date FROM workplaces
),
rates_now AS (
    SELECT n.notice_date, max(f.effective_from) AS rates_from
    FROM notice AS n
    CROSS JOIN wage_floors AS f
    WHERE f.scheme = 'nlw_nmw' AND f.effective_from <= n.notice_date
    GROUP BY n.notice_date
),
uplifted AS (
    SELECT
        s.*,
        n.notice_date,
        r.lowest_band AS notice_band,
        r.lowest_rate AS notice_rate,
        greatest(s.shortfall, CAST(round(s.shortfall * r.lowest_rate / s.rate, 2) AS DECIMAL(18, 2))) AS arrears,
        CAST(round(s.shortfall * s.penalty_percent / 100, 2) AS DECIMAL(18, 2)) AS penalty
    FROM wage_shortfalls AS s
    CROSS JOIN notice AS n
    LEFT JOIN rates_now AS f ON f.notice_date = n.notice_date
    LEFT JOIN statutory_rates AS r
        ON r.rates_from = f.rates_from AND r.age = s.uplift_age AND r.apprenticeship = s.uplift_apprenticeship
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    period_start,
    period_end,
    band,
    rate AS floor,
    shortfall,
    notice_date,
    notice_band,
    notice_rate,
    arrears,
    CAST(penalty_percent AS BIGINT) AS penalty_pct,
    penalty,
    CAST(round(penalty / 2, 2) AS DECIMAL(18, 2)) AS prompt_penalty,
    CASE
        WHEN notice_date <= period_end + INTERVAL '5 years' THEN 'within'
        WHEN notice_date > period_end + INTERVAL '6 years' THEN 'beyond'
        WHEN years_of_reach = 5 THEN 'beyond'
        WHEN years_of_reach = 6 THEN 'within'
        ELSE 'cannot_tell'
    END AS reach
FROM uplifted
ORDER BY provider_id, workplace_id, worker_key, period_start
