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
WITH uplifts AS (
    SELECT *, coalesce($notice_date, (SELECT max(period) FROM workplaces)) AS notice_date
    FROM wage_uplifts
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
        WHEN notice_date <= reached_until THEN 'within'
        WHEN notice_date > reachable_until THEN 'beyond'
        ELSE 'cannot_tell'
    END AS reach
FROM uplifts
WHERE notice_date BETWEEN notice_from AND notice_until
ORDER BY provider_id, workplace_id, worker_key, period_start
