-- title: The rows behind offers due to workers without guaranteed hours
-- description: One row a job without guaranteed hours, agency workers left out.
-- key: provider_id sector status
-- units: sector = sector code of the workplace
-- units: status = state of the offer, code
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: workers = 1, for the worker
-- units: service = service code of the workplace
-- units: area_code = 9-character ONS code of the workplace's area
-- units: since = start of the present spell without guaranteed hours, or else with the provider, date
-- units: regular_hours = true where hours were regular in the three months before the qualifying period ended
-- units: offer_conditions_met = true where the provider needs the hours on and performance is satisfactory
-- units: contract_offer_on = last offer of a contract with guaranteed hours, date
-- disclosure: restricted
SELECT
    provider_id,
    sector,
    status,
    'workers' AS table_name,
    return_id,
    source_file,
    source_row,
    workplace_id,
    worker_key,
    1 AS workers,
    service,
    area_code,
    since,
    regular_hours,
    offer_conditions_met,
    contract_offer_on
FROM offer_states
ORDER BY provider_id, sector, status, return_id, source_file, source_row
