-- title: Medians of two sectors side by side, unrounded
-- description: Every ordered pair of different plain sectors that both have a median in the same role group, so that either
-- description: can be the base. Role group `other` is left out: its jobs are too unlike to compare.
-- units: role_group = role group code, or `all`
-- units: reference_sector = sector that the gap is measured from
-- units: focus_sector = sector that is compared with it
-- units: reference_workers = workers with an hourly rate in the reference sector
-- units: focus_workers = workers with an hourly rate in the focus sector
-- units: reference_providers = providers of those in the reference sector
-- units: focus_providers = providers of those in the focus sector
-- units: reference_median = median in the reference sector, pounds an hour, unrounded
-- units: focus_median = median in the focus sector, pounds an hour, unrounded
-- units: reference_private_workers = workers of the reference sector outside local authorities and the health service
-- units: reference_private_providers = providers of those
-- units: reference_private_largest = most of those in one provider
-- units: focus_private_workers = workers of the focus sector outside local authorities and the health service
-- units: focus_private_providers = providers of those
-- units: focus_private_largest = most of those in one provider
WITH sided AS (
    -- Each cell stands once on either side of a pair with every other sector.
    SELECT
        c.*,
        CASE WHEN p.is_reference THEN c.sector ELSE p.sector END AS reference_sector,
        CASE WHEN p.is_reference THEN p.sector ELSE c.sector END AS focus_sector,
        p.is_reference
    FROM pay_cells AS c
    JOIN (VALUES
        ('independent', true), ('third_sector', true), ('local_authority', true), ('nhs', true), ('other', true),
        ('independent', false), ('third_sector', false), ('local_authority', false), ('nhs', false), ('other', false)
    ) AS p (sector, is_reference) ON p.sector <> c.sector
    WHERE c.sector NOT IN ('all', 'commissioned') AND c.role_group <> 'other'
),
paired AS (
    SELECT
        role_group,
        reference_sector,
        focus_sector,
        max(CASE WHEN is_reference THEN workers END) AS reference_workers,
        max(CASE WHEN NOT is_reference THEN workers END) AS focus_workers,
        max(CASE WHEN is_reference THEN providers END) AS reference_providers,
        max(CASE WHEN NOT is_reference THEN providers END) AS focus_providers,
        max(CASE WHEN is_reference THEN median_hourly END) AS reference_median,
        max(CASE WHEN NOT is_reference THEN median_hourly END) AS focus_median,
        max(CASE WHEN is_reference THEN private_workers END) AS reference_private_workers,
        max(CASE WHEN is_reference THEN private_providers END) AS reference_private_providers,
        max(CASE WHEN is_reference THEN private_largest END) AS reference_private_largest,
        max(CASE WHEN NOT is_reference THEN private_workers END) AS focus_private_workers,
        max(CASE WHEN NOT is_reference THEN private_providers END) AS focus_private_providers,
        max(CASE WHEN NOT is_reference THEN private_largest END) AS focus_private_largest
    FROM sided
    GROUP BY role_group, reference_sector, focus_sector
)
SELECT *
FROM paired
WHERE reference_median IS NOT NULL AND focus_median IS NOT NULL
