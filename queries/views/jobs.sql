-- title: Jobs with what their workplace says of them
-- description: One row a job: a worker in a workplace at the period, with the sector, service, place and full-time week
-- description: of the workplace. A person with two jobs has two rows.
-- units: period = reference date of the collection, date
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: sector = sector code of the workplace
-- units: service = service code of the workplace
-- units: area_code = 9-character ONS code of the workplace's area
-- units: london = true in Greater London, false elsewhere, empty where the place is not known or England only
-- units: full_time_hours = the workplace's full-time week, hours
-- units: age = completed years at the period
-- units: role = role code
-- units: role_group = role group code
-- units: tenure = tenure code
-- units: zero_hours = true where no hours are guaranteed
-- units: zero_hours_since = start of the present spell without guaranteed hours, date
-- units: contracted_hours = guaranteed hours a week
-- units: average_hours = mean hours worked a week over the last 12 weeks
-- units: start_date = start with the provider, date
-- units: apprentice = true for an apprentice
-- units: apprenticeship_start = start of the apprenticeship, date
-- units: pay_basis = `hourly` or `annual`
-- units: pay_rate = basic pay, pounds an hour or a year as pay_basis says
-- units: hourly = basic pay, pounds an hour
-- units: guaranteed_allowance = guaranteed supplement outside basic pay, pounds an hour
-- units: registered = state of registration with the social care regulator, code
-- units: regular_hours = true where hours were regular in the three months before the qualifying period ended
-- units: offer_conditions_met = true where the provider needs the hours on and performance is satisfactory
-- units: contract_offer_on = last offer of a contract with guaranteed hours, date
-- units: contract_offer_hours = hours a week of that offer
-- units: return_id = return that the job was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
SELECT
    w.period,
    w.provider_id,
    w.workplace_id,
    w.worker_key,
    p.sector,
    p.service,
    p.area_code,
    p.london,
    p.full_time_hours,
    w.age,
    w.role,
    w.role_group,
    w.tenure,
    w.zero_hours,
    w.zero_hours_since,
    w.contracted_hours,
    w.average_hours,
    w.start_date,
    w.apprentice,
    w.apprenticeship_start,
    w.pay_basis,
    w.pay_rate,
    w.hourly,
    w.guaranteed_allowance,
    w.registered,
    w.regular_hours,
    w.offer_conditions_met,
    w.contract_offer_on,
    w.contract_offer_hours,
    w.return_id,
    w.source_file,
    w.source_row
FROM workers AS w
-- Every worker has its workplace; the outer join tells the planner that no row is lost, so it keeps the small side small.
LEFT JOIN places AS p ON p.provider_id = w.provider_id AND p.workplace_id = w.workplace_id
