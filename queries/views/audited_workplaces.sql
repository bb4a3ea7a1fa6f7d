-- title: Workplaces as the audit of contracts looks at them
-- description: One row a workplace, and whether registration with Social Care Wales is looked at there.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: regulator_id = number of the service at the inspectorate
-- units: service = service code
-- units: scope = `inside`, `outside`, or `unknown` where place or service is not known
SELECT
    p.provider_id,
    p.workplace_id,
    p.regulator_id,
    p.service,
    CASE
        WHEN p.area_code NOT LIKE 'W%'
            OR p.service NOT IN (
                'domiciliary', 'supported_living', 'residential', 'nursing', 'children_residential',
                'adult_placement'
            )
        THEN 'outside'
        WHEN p.area_code IS NULL OR p.service IS NULL THEN 'unknown'
        ELSE 'inside'
    END AS scope
FROM workplaces AS p
