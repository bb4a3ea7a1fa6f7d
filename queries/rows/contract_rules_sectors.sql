-- title: The rows behind contracts against the law and voluntary standards, by sector
-- description: One row a job and rule in force that applies to it, or may apply, in each sector that it counts in.
-- key: sector rule status
-- behind: not_met_pct = tested
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: rule = name of the rule
-- units: status = `law` or `voluntary`
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: result = result of the rule for the worker, code
-- units: tested = 1 for a worker whose record meets the rule or does not
-- units: met = 1 for a worker whose record meets it
-- units: not_met = 1 for a worker whose record does not meet it
-- units: cannot_tell = 1 for a worker for whom it cannot be told
-- units: role_group = role group code
-- units: tenure = tenure code
-- units: service = service code of the workplace
-- units: area_code = 9-character ONS code of the workplace's area
-- units: start_date = start with the provider, date
-- units: zero_hours = true where no hours are guaranteed
-- units: zero_hours_since = start of the present spell without guaranteed hours, date
-- units: contracted_hours = guaranteed hours a week
-- units: average_hours = mean hours worked a week over the last 12 weeks
-- units: registered = state of registration with the social care regulator, code
-- units: regular_hours = true where hours were regular in the three months before the qualifying period ended
-- units: offer_conditions_met = true where the provider needs the hours on and performance is satisfactory
-- units: contract_offer_on = last offer of a contract with guaranteed hours, date
-- units: contract_offer_hours = hours a week of that offer
-- disclosure: restricted
SELECT
    s.counts_in AS sector,
    t.rule,
    t.status,
    'workers' AS table_name,
    j.return_id,
    j.source_file,
    j.source_row,
    j.provider_id,
    j.workplace_id,
    j.worker_key,
    t.result,
    CASE WHEN t.result <> 'unknown' THEN 1 END AS tested,
    CASE WHEN t.result IN ('met', 'would_meet') THEN 1 END AS met,
    CASE WHEN t.result IN ('breach', 'not_met', 'would_not_meet') THEN 1 END AS not_met,
    CASE WHEN t.result = 'unknown' THEN 1 END AS cannot_tell,
    j.role_group,
    j.tenure,
    j.service,
    j.area_code,
    j.start_date,
    j.zero_hours,
    j.zero_hours_since,
    j.contracted_hours,
    j.average_hours,
    j.registered,
    j.regular_hours,
    j.offer_conditions_met,
    j.contract_offer_on,
    j.contract_offer_hours
FROM rule_results AS t
JOIN rule_jobs AS j
    ON j.provider_id = t.provider_id AND j.workplace_id = t.workplace_id AND j.worker_key = t.worker_key
JOIN sector_totals AS s ON s.sector = j.sector
WHERE t.status <> 'proposed' AND t.result NOT IN ('out_of_scope', 'not_in_force')
ORDER BY sector, rule, return_id, source_file, source_row
