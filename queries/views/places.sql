-- title: Workplaces and whether they are in London
-- description: One row a workplace. Where the area is not known, or is England as a whole, London is not known either.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: sector = sector code
-- units: service = service code
-- units: area_code = 9-character ONS code of the area
-- units: full_time_hours = the employer's full-time week, hours
-- units: london = true in London, false elsewhere, empty where that is not known
SELECT
    provider_id,
    workplace_id,
    sector,
    service,
    area_code,
    full_time_hours,
    CASE WHEN area_code NOT LIKE 'E92%' THEN area_code LIKE 'E09%' OR area_code = 'E12000007' END AS london
FROM workplaces
