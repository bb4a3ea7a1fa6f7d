-- title: The rows behind contracts and registration, by workplace
-- description: One row a job of the workplace, and one for the workplace itself, from which its service and number are.
-- key: provider_id workplace_id
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex; empty for the workplace
-- units: workers = 1 for a worker
-- units: agency = 1 for an agency worker
-- units: bank = 1 for a bank worker
-- units: zero_hours = 1 for a worker without guaranteed hours
-- units: under_16_hours = 1 for an employed worker with fewer than 16 contracted hours a week
-- units: hours_unknown = 1 for an employed worker whose contracted hours are not known
-- units: average_above_contracted = 1 for a worker who works more than contracted
-- units: registration_overdue = 1 for a worker not registered after the time allowed
-- units: registration_unknown = 1 for a worker for whom that cannot be told
-- units: regulator_id = number of the service at the inspectorate, on the workplace's row
-- units: service = service code, on the workplace's row
-- units: role_group = role group code
-- units: tenure = tenure code
-- units: contracted_hours = guaranteed hours a week
-- units: average_hours = mean hours worked a week over the last 12 weeks
-- units: registered = state of registration with the social care regulator, code
-- units: start_date = start with the provider, date
-- disclosure: restricted
SELECT
    j.provider_id,
    j.workplace_id,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.worker_key,
    1 AS workers,
    CASE WHEN j.tenure = 'agency' THEN 1 END AS agency,
    CASE WHEN j.tenure = 'bank' THEN 1 END AS bank,
    CASE WHEN j.zero_hours THEN 1 END AS zero_hours,
    CASE WHEN j.employed AND j.contracted_hours < 16 THEN 1 END AS under_16_hours,
    CASE WHEN j.employed AND j.contracted_hours IS NULL THEN 1 END AS hours_unknown,
    CASE WHEN j.average_hours > j.contracted_hours THEN 1 END AS average_above_contracted,
    CASE WHEN p.scope = 'inside' AND j.registration = 'overdue' THEN 1 END AS registration_overdue,
    CASE
        WHEN p.scope = 'inside' AND j.registration = 'unknown' THEN 1
        WHEN p.scope = 'unknown' AND j.registration IS NOT NULL THEN 1
    END AS registration_unknown,
    CAST(NULL AS VARCHAR) AS regulator_id,
    CAST(NULL AS VARCHAR) AS service,
    j.role_group,
    j.tenure,
    j.contracted_hours,
    j.average_hours,
    j.registered,
    j.start_date
FROM audited_jobs AS j
JOIN audited_workplaces AS p ON p.provider_id = j.provider_id AND p.workplace_id = j.workplace_id
UNION ALL
SELECT
    w.provider_id,
    w.workplace_id,
    'workplaces' AS table_name,
    w.return_id,
    w.source_file,
    w.source_row,
    NULL AS worker_key,
    NULL AS workers,
    NULL AS agency,
    NULL AS bank,
    NULL AS zero_hours,
    NULL AS under_16_hours,
    NULL AS hours_unknown,
    NULL AS average_above_contracted,
    NULL AS registration_overdue,
    NULL AS registration_unknown,
    w.regulator_id,
    w.service,
    NULL AS role_group,
    NULL AS tenure,
    NULL AS contracted_hours,
    NULL AS average_hours,
    NULL AS registered,
    NULL AS start_date
FROM workplaces AS w
ORDER BY provider_id, workplace_id, table_name, return_id, source_file, source_row
