-- title: The rows behind what the rate alone does not show of the statutory minimum
-- description: One row a job whose rate meets the statutory floor and that has no pay periods, in each sector that it counts
-- description: in, once for each doubt: shares are of all these jobs.
-- key: sector caveat
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: caveat = doubt of the figure, code
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
-- disclosure: restricted
SELECT s.counts_in AS sector, r.* EXCEPT (sector)
FROM rate_doubt_rows AS r
JOIN sector_totals AS s ON s.sector = r.sector
ORDER BY s.counts_in, r.caveat, r.return_id, r.source_file, r.source_row
