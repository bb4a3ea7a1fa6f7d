-- title: Jobs whose rate meets the statutory floor, against each doubt
-- description: One row a job of rate_meets and doubt that there is, whether the job has it or not: shares are of all these
-- description: jobs. It is what stands behind the tables of doubts.
-- units: caveat = doubt, code
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: rate_meets = 1, for the job
-- units: workers = 1 for a job with this doubt
-- units: time_limit = share of working time above which pay is below the floor, from 0 to 1, of a job with this doubt
-- units: travel_time_pay = how the workplace pays travel, code
-- units: travel_rate = its rate for travel, pounds an hour
-- units: sleep_in_pay = how the workplace pays sleep-ins, code
-- units: service = service code of the workplace
-- units: highest_floor = highest statutory floor that could apply, pounds an hour
-- units: age = completed years at the period
-- units: pay_basis = `hourly` or `annual`
-- units: pay_rate = basic pay as returned, pounds an hour or a year as pay_basis says
-- units: hourly = basic pay, pounds an hour
-- units: sector = sector code of the workplace
SELECT
    c.caveat,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    1 AS rate_meets,
    CASE WHEN c.caveat = m.travel_caveat OR c.caveat = m.sleep_in_caveat THEN 1 END AS workers,
    CASE WHEN c.caveat = m.travel_caveat THEN m.travel_limit
        WHEN c.caveat = m.sleep_in_caveat THEN m.sleep_in_limit
    END AS time_limit,
    m.travel_time_pay,
    m.travel_rate,
    m.sleep_in_pay,
    j.service,
    m.highest_floor,
    j.age,
    j.pay_basis,
    j.pay_rate,
    j.hourly,
    j.sector
FROM rate_meets AS m
JOIN jobs AS j ON j.provider_id = m.provider_id AND j.workplace_id = m.workplace_id AND j.worker_key = m.worker_key
CROSS JOIN rate_caveats AS c
