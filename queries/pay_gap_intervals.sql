-- title: How far the gap in median hourly pay rests on who sent returns
-- description: The gap of pay_gap, every ordered pair of different sectors in the same role group, and the range in which
-- description: it lies in 95 of 100 draws when providers are drawn anew (redrawn_medians). The draws of two sectors with
-- description: the same number make a gap; of these 999 in order the 25th and the 975th are the ends of the range,
-- description: rounded last. The per cents are put in order apart. Where 0 lies within the range, either sector could pay
-- description: more had other providers sent returns. It says how much turns on which providers there are, as if they had
-- description: come by chance from many like them: not what those would show that sent nothing. Where every provider of a
-- description: sector is there, nothing of it is left to chance, and the range is wider than it need be; so it is where a
-- description: provider of both sectors is drawn in each by itself. There is none where workers of fewer than 10
-- description: providers count in one of the two: one of so few decides where it ends. In a protected release the ends
-- description: need 40 workers on each side, of whom one provider outside local authorities and the health service has
-- description: not more than one in six: it could be drawn so often that an end is what it pays.
-- units: role_group = role group code, or `all`
-- units: reference_sector = sector that the gap is measured from
-- units: focus_sector = sector that is compared with it
-- units: reference_workers = workers with an hourly rate in the reference sector, count
-- units: focus_workers = workers with an hourly rate in the focus sector, count
-- units: reference_providers = providers of those in the reference sector, count
-- units: focus_providers = providers of those in the focus sector, count
-- units: gap_pounds = reference less focus median, pounds an hour
-- units: gap_pounds_low = lower end of the range, pounds an hour
-- units: gap_pounds_high = upper end of the range, pounds an hour
-- units: focus_less_pct = gap as a per cent of the reference median
-- units: focus_less_pct_low = lower end of the range, per cent of the reference median of the draw
-- units: focus_less_pct_high = upper end of the range, per cent of the reference median of the draw
-- disclosure: key role_group reference_sector focus_sector
-- disclosure: need 20 reference_workers for gap_pounds focus_less_pct
-- disclosure: need 20 focus_workers for gap_pounds focus_less_pct
-- disclosure: need 40 reference_workers for gap_pounds_low gap_pounds_high focus_less_pct_low focus_less_pct_high
-- disclosure: need 40 focus_workers for gap_pounds_low gap_pounds_high focus_less_pct_low focus_less_pct_high
-- disclosure: one in 6 basis_private_largest of basis_private_workers for gap_pounds_low gap_pounds_high focus_less_pct_low focus_less_pct_high
-- disclosure: one in 6 basis2_private_largest of basis2_private_workers for gap_pounds_low gap_pounds_high focus_less_pct_low focus_less_pct_high
-- disclosure: sides pay_by_sector reference_sector focus_sector
WITH gaps AS (
    SELECT
        *,
        reference_median - focus_median AS pounds,
        (reference_median - focus_median) * 100 / NULLIF(reference_median, 0) AS less_pct
    FROM gap_cells
),
drawn AS (
    SELECT
        g.role_group,
        g.reference_sector,
        g.focus_sector,
        max(CASE WHEN d.sector = g.reference_sector THEN d.median_hourly END) AS reference_median,
        max(CASE WHEN d.sector = g.focus_sector THEN d.median_hourly END) AS focus_median
    FROM gaps AS g
    JOIN redrawn_medians AS d
        ON d.role_group = g.role_group AND (d.sector = g.reference_sector OR d.sector = g.focus_sector)
    WHERE g.reference_providers >= 10 AND g.focus_providers >= 10
    GROUP BY g.role_group, g.reference_sector, g.focus_sector, d.draw
),
drawn_gaps AS (
    SELECT
        role_group,
        reference_sector,
        focus_sector,
        reference_median - focus_median AS pounds,
        (reference_median - focus_median) * 100 / NULLIF(reference_median, 0) AS less_pct
    FROM drawn
),
ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY role_group, reference_sector, focus_sector ORDER BY pounds) AS by_pounds,
        row_number() OVER (PARTITION BY role_group, reference_sector, focus_sector ORDER BY less_pct) AS by_pct
    FROM drawn_gaps
),
ends AS (
    SELECT
        role_group,
        reference_sector,
        focus_sector,
        max(CASE WHEN by_pounds = 25 THEN pounds END) AS pounds_low,
        max(CASE WHEN by_pounds = 975 THEN pounds END) AS pounds_high,
        max(CASE WHEN by_pct = 25 THEN less_pct END) AS pct_low,
        max(CASE WHEN by_pct = 975 THEN less_pct END) AS pct_high
    FROM ranked
    GROUP BY role_group, reference_sector, focus_sector
)
SELECT
    g.role_group,
    g.reference_sector,
    g.focus_sector,
    CAST(g.reference_workers AS BIGINT) AS reference_workers,
    CAST(g.focus_workers AS BIGINT) AS focus_workers,
    CAST(g.reference_providers AS BIGINT) AS reference_providers,
    CAST(g.focus_providers AS BIGINT) AS focus_providers,
    CAST(round(g.pounds, 4) AS DECIMAL(18, 4)) AS gap_pounds,
    CAST(round(e.pounds_low, 4) AS DECIMAL(18, 4)) AS gap_pounds_low,
    CAST(round(e.pounds_high, 4) AS DECIMAL(18, 4)) AS gap_pounds_high,
    CAST(round(g.less_pct, 2) AS DECIMAL(18, 2)) AS focus_less_pct,
    CAST(round(e.pct_low, 2) AS DECIMAL(18, 2)) AS focus_less_pct_low,
    CAST(round(e.pct_high, 2) AS DECIMAL(18, 2)) AS focus_less_pct_high,
    CAST(g.reference_workers AS BIGINT) AS basis_workers,
    CAST(g.reference_private_workers AS BIGINT) AS basis_private_workers,
    CAST(g.reference_private_providers AS BIGINT) AS basis_private_providers,
    CAST(g.reference_private_largest AS BIGINT) AS basis_private_largest,
    CAST(g.focus_workers AS BIGINT) AS basis2_workers,
    CAST(g.focus_private_workers AS BIGINT) AS basis2_private_workers,
    CAST(g.focus_private_providers AS BIGINT) AS basis2_private_providers,
    CAST(g.focus_private_largest AS BIGINT) AS basis2_private_largest
FROM gaps AS g
LEFT JOIN ends AS e
    ON e.role_group = g.role_group AND e.reference_sector = g.reference_sector AND e.focus_sector = g.focus_sector
ORDER BY g.role_group, g.reference_sector, g.focus_sector
