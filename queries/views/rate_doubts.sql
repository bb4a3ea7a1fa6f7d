-- title: Doubts about rates that meet the statutory floor
-- description: One row a job of rate_meets and doubt that its workplace leaves; a job may have one of each kind.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: sector = sector code of the workplace
-- units: caveat = what is doubtful, code
-- units: time_limit = share of working time above which pay is below the floor, from 0 to 1, empty where it has none
SELECT
    m.provider_id,
    m.workplace_id,
    m.worker_key,
    m.sector,
    c.caveat,
    CASE WHEN c.caveat = m.travel_caveat THEN m.travel_limit ELSE m.sleep_in_limit END AS time_limit
FROM rate_caveats AS c
JOIN rate_meets AS m ON c.caveat = m.travel_caveat OR c.caveat = m.sleep_in_caveat
