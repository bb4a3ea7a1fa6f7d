-- title: Workers whose rate meets the statutory floor and whose pay periods are not known
-- description: One row a job that meets `nlw_nmw` in wage_tests and has no pay period in the edition. The minimum is an
-- description: average over all working time of a pay reference period, and travel between visits and time awake for work
-- description: in a sleep-in are working time (NMW Regulations 2015, regs 27, 32 and 34). What the workplace says of both
-- description: is put beside the rate; it is a doubt, never a result. Where it says nothing of travel, that is a doubt in
-- description: services with travel: home care, supported living, extra care and services not known. Where it says nothing
-- description: of sleep-ins, it is one in these and in care homes and children's homes.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: sector = sector code of the workplace
-- units: hourly = basic pay, pounds an hour
-- units: highest_floor = highest statutory floor that could apply, pounds an hour
-- units: travel_time_pay = how the workplace pays travel, code
-- units: travel_rate = its rate for travel, pounds an hour
-- units: sleep_in_pay = how the workplace pays sleep-ins, code
-- units: travel_caveat = what is doubtful about travel, code, empty where nothing is
-- units: sleep_in_caveat = what is doubtful about sleep-ins, code, empty where nothing is
-- units: travel_limit = share of working time spent on travel above which pay is below, from 0 to 1, 12 decimals
-- units: sleep_in_limit = the same for time awake in sleep-ins that is not paid
WITH placed AS (
    SELECT
        provider_id,
        workplace_id,
        travel_time_pay,
        CASE WHEN travel_time_pay = 'different_rate' THEN travel_rate END AS travel_rate,
        sleep_in_pay,
        coalesce(service IN ('domiciliary', 'supported_living', 'extra_care'), true) AS travels,
        coalesce(service IN (
            'domiciliary', 'supported_living', 'extra_care', 'residential', 'nursing', 'children_residential'
        ), true) AS sleeps_in
    FROM workplaces
),
doubted AS (
    SELECT
        t.provider_id,
        t.workplace_id,
        t.worker_key,
        t.sector,
        t.hourly,
        t.nlw_nmw_highest AS highest_floor,
        p.travel_time_pay,
        p.travel_rate,
        p.sleep_in_pay,
        CASE
            WHEN p.travel_time_pay = 'not_paid' THEN 'travel_not_paid'
            WHEN p.travel_rate < t.nlw_nmw_highest THEN 'travel_below_floor'
            WHEN p.travel_time_pay = 'minimum_wage' THEN 'travel_at_minimum'
            WHEN p.travel_time_pay = 'other' OR p.travel_time_pay = 'different_rate' AND p.travel_rate IS NULL
                THEN 'travel_rate_not_known'
            WHEN p.travel_time_pay IS NULL AND p.travels THEN 'travel_not_known'
        END AS travel_caveat,
        CASE
            WHEN p.sleep_in_pay = 'unpaid' THEN 'sleep_in_unpaid'
            WHEN p.sleep_in_pay = 'flat' THEN 'sleep_in_flat'
            WHEN p.sleep_in_pay IS NULL AND p.sleeps_in THEN 'sleep_in_not_known'
        END AS sleep_in_caveat,
        -- A salary may be for hours that are not told apart; floors that differ give no single limit.
        NOT t.salaried AND t.nlw_nmw_lowest = t.nlw_nmw_highest AS has_limit
    FROM placed AS p
    JOIN wage_tests AS t ON t.provider_id = p.provider_id AND t.workplace_id = p.workplace_id
    WHERE t.nlw_nmw_result = 'meets'
        AND NOT EXISTS (
            SELECT 1
            FROM pay_periods AS k
            WHERE k.provider_id = t.provider_id AND k.workplace_id = t.workplace_id AND k.worker_key = t.worker_key
        )
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    sector,
    hourly,
    highest_floor,
    travel_time_pay,
    travel_rate,
    sleep_in_pay,
    travel_caveat,
    sleep_in_caveat,
    -- With a share s of the time at rate q and the rest at r, pay is r - s (r - q) an hour. Rounded at 12 decimals, so that
    -- two which add up to a short number still do.
    CASE WHEN has_limit AND travel_caveat IN ('travel_not_paid', 'travel_below_floor')
        THEN CAST(round(
            CAST(hourly - highest_floor AS DECIMAL(30, 18)) / (hourly - coalesce(travel_rate, 0)), 12
        ) AS DECIMAL(18, 12))
    END AS travel_limit,
    CASE WHEN has_limit AND sleep_in_caveat = 'sleep_in_unpaid'
        THEN CAST(round(CAST(hourly - highest_floor AS DECIMAL(30, 18)) / hourly, 12) AS DECIMAL(18, 12))
    END AS sleep_in_limit
FROM doubted
