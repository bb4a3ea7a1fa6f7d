-- title: Offers due to workers without guaranteed hours in Wales, worker by worker
-- description: One row a job without guaranteed hours, agency workers left out, in the first state of `zero_hours_rights`
-- description: that fits.
-- units: provider_id = provider code
-- units: sector = sector code of the workplace
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: service = service code of the workplace
-- units: area_code = 9-character ONS code of the workplace's area
-- units: since = start of the present spell without guaranteed hours, or else with the provider, date
-- units: regular_hours = true where hours were regular in the three months before the qualifying period ended
-- units: offer_conditions_met = true where the provider needs the hours on and performance is satisfactory
-- units: contract_offer_on = last offer of a contract with guaranteed hours, date
-- units: return_id = return that the job was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: status = state of the offer, code
WITH spells AS (
    SELECT
        j.*,
        coalesce(j.zero_hours_since, j.start_date) AS since
    FROM jobs AS j
    WHERE j.zero_hours AND j.tenure IS DISTINCT FROM 'agency'
)
SELECT
    provider_id,
    sector,
    workplace_id,
    worker_key,
    service,
    area_code,
    since,
    regular_hours,
    offer_conditions_met,
    contract_offer_on,
    return_id,
    source_file,
    source_row,
    CASE
        WHEN service NOT IN ('domiciliary', 'supported_living') OR area_code NOT LIKE 'W%' THEN 'out_of_scope'
        WHEN service IS NULL OR area_code IS NULL OR since IS NULL THEN 'unknown'
        WHEN period < since + INTERVAL '3 months' THEN 'not_due'
        WHEN contract_offer_on >= since THEN 'offered'
        WHEN NOT regular_hours OR NOT offer_conditions_met THEN 'conditions_not_met'
        WHEN regular_hours IS NULL OR offer_conditions_met IS NULL THEN 'conditions_unknown'
        ELSE 'offer_not_recorded'
    END AS status
FROM spells
