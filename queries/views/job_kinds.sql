-- title: The kind of contract of each job
-- description: One row a job with the first kind that fits: agency; bank; no guaranteed hours, whatever the tenure; temporary
-- description: and fixed term; then permanent staff by contracted hours, where 35 hours stand in for a full-time week that
-- description: the workplace does not give.
-- units: role_group = role group code
-- units: sector = sector code of the workplace
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: tenure = tenure code
-- units: zero_hours = true where no hours are guaranteed
-- units: contracted_hours = guaranteed hours a week
-- units: full_time_hours = the workplace's full-time week, or 35, hours
-- units: fit = number of the kind in contract_kinds
-- units: return_id = return that the job was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
WITH coded AS (
    SELECT
        role_group,
        sector,
        provider_id,
        workplace_id,
        worker_key,
        tenure,
        zero_hours,
        contracted_hours,
        coalesce(full_time_hours, 35) AS full_time_hours,
        CASE tenure
            WHEN 'agency' THEN 1
            WHEN 'bank' THEN 2
            WHEN 'temporary' THEN 4
            WHEN 'fixed_term' THEN 4
            WHEN 'permanent' THEN 5
            WHEN 'other' THEN 9
            ELSE 10
        END AS tenure_fit,
        return_id,
        source_file,
        source_row
    FROM jobs
)
SELECT
    role_group,
    sector,
    provider_id,
    workplace_id,
    worker_key,
    tenure,
    zero_hours,
    contracted_hours,
    full_time_hours,
    CASE
        WHEN tenure_fit > 2 AND zero_hours THEN 3
        WHEN tenure_fit <> 5 OR contracted_hours IS NULL THEN tenure_fit
        WHEN contracted_hours >= full_time_hours THEN 6
        WHEN contracted_hours < 16 THEN 7
        ELSE 8
    END AS fit,
    return_id,
    source_file,
    source_row
FROM coded
