-- title: Arrears and penalties by provider, indicative
-- description: Indicative only: the sums of wage_arrears for each provider, as if one notice named all its workers; not a
-- description: notice, a ruling or legal advice. Periods that a claim no longer reaches are left out and counted; those of
-- description: which it cannot be told are counted in. The penalty has the caps and the minimum of a notice applied: caps for
-- description: each worker, or over the notice, by the start of the period (National Minimum Wage Act 1998, s. 19A). Above
-- description: 500 pounds of arrears employers have been named; no rule for exactly 500 was seen. To be confirmed by counsel.
-- param: notice_date date empty
-- units: provider_id = provider code
-- units: provider_name = provider name, the first in alphabetical order where workplaces give several
-- units: notice_date = day on which the notice is taken to be served, date
-- units: workers = workers with a period below that a claim may reach, count
-- units: periods = their periods below, count
-- units: periods_out_of_reach = periods below that a claim no longer reaches, count
-- units: periods_reach_unknown = of periods, those of which that cannot be told, count
-- units: shortfall = their shortfalls, pounds
-- units: arrears = their indicative arrears, pounds
-- units: penalty = indicative penalty of the notice, pounds, empty where there is none
-- units: prompt_penalty = half of it, pounds
-- units: naming = arrears `above`, `at` or `below` the threshold of 500 pounds for naming an employer
-- disclosure: restricted
WITH uplifts AS (
    SELECT *, coalesce($notice_date, (SELECT max(period) FROM workplaces)) AS notice_date
    FROM wage_uplifts
),
uplifted AS (
    SELECT *, notice_date > reachable_until AS beyond, notice_date > reached_until AS unsure
    FROM uplifts
    WHERE notice_date BETWEEN notice_from AND notice_until
),
by_worker AS (
    SELECT
        provider_id,
        worker_key,
        penalty_cap_per,
        penalty_cap,
        max(notice_date) AS notice_date,
        max(penalty_minimum) AS penalty_minimum,
        count(*) FILTER (WHERE NOT beyond) AS periods,
        count(*) FILTER (WHERE beyond) AS periods_out_of_reach,
        count(*) FILTER (WHERE NOT beyond AND unsure) AS periods_reach_unknown,
        sum(shortfall) FILTER (WHERE NOT beyond) AS shortfall,
        sum(arrears) FILTER (WHERE NOT beyond) AS arrears,
        sum(penalty) FILTER (WHERE NOT beyond) AS penalty
    FROM uplifted
    GROUP BY provider_id, worker_key, penalty_cap_per, penalty_cap
),
counted AS (
    SELECT
        b.*,
        -- A worker with periods under several caps counts once.
        CASE WHEN periods > 0 AND row_number() OVER (
            PARTITION BY provider_id, worker_key, periods > 0 ORDER BY penalty_cap, penalty_cap_per
        ) = 1 THEN 1 ELSE 0 END AS worker
    FROM by_worker AS b
),
by_cap AS (
    SELECT
        provider_id,
        max(notice_date) AS notice_date,
        sum(worker) AS workers,
        sum(periods) AS periods,
        sum(periods_out_of_reach) AS periods_out_of_reach,
        sum(periods_reach_unknown) AS periods_reach_unknown,
        sum(shortfall) AS shortfall,
        sum(arrears) AS arrears,
        CASE
            WHEN penalty_cap_per = 'worker'
                THEN sum(CASE WHEN penalty > penalty_cap THEN penalty_cap ELSE penalty END)
            WHEN sum(penalty) > max(penalty_cap) THEN max(penalty_cap)
            ELSE sum(penalty)
        END AS penalty,
        max(penalty_minimum) AS penalty_minimum
    FROM counted
    GROUP BY provider_id, penalty_cap_per, penalty_cap
),
totals AS (
    SELECT
        provider_id,
        max(notice_date) AS notice_date,
        sum(workers) AS workers,
        sum(periods) AS periods,
        sum(periods_out_of_reach) AS periods_out_of_reach,
        sum(periods_reach_unknown) AS periods_reach_unknown,
        CAST(coalesce(sum(shortfall), 0) AS DECIMAL(18, 2)) AS shortfall,
        CAST(coalesce(sum(arrears), 0) AS DECIMAL(18, 2)) AS arrears,
        CASE WHEN sum(penalty) IS NOT NULL
            THEN CAST(greatest(sum(penalty), max(penalty_minimum)) AS DECIMAL(18, 2))
        END AS penalty
    FROM by_cap
    GROUP BY provider_id
),
names AS (
    SELECT provider_id, min(provider_name) AS provider_name
    FROM workplaces
    GROUP BY provider_id
)
SELECT
    t.provider_id,
    n.provider_name,
    t.notice_date,
    CAST(t.workers AS BIGINT) AS workers,
    CAST(t.periods AS BIGINT) AS periods,
    CAST(t.periods_out_of_reach AS BIGINT) AS periods_out_of_reach,
    CAST(t.periods_reach_unknown AS BIGINT) AS periods_reach_unknown,
    t.shortfall,
    t.arrears,
    t.penalty,
    CAST(round(t.penalty / 2, 2) AS DECIMAL(18, 2)) AS prompt_penalty,
    CASE WHEN t.arrears > 500 THEN 'above' WHEN t.arrears = 500 THEN 'at' ELSE 'below' END AS naming
FROM totals AS t
JOIN names AS n ON n.provider_id = t.provider_id
ORDER BY t.provider_id
