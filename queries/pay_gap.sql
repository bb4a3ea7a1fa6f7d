-- title: Gap in median hourly pay between two sectors
-- description: Every ordered pair of different sectors with a median in the same role group, so that either can be the base.
-- description: A positive gap means that the focus sector pays less than the reference sector. Both percentages are given
-- description: because they differ: 15.00 against 12.71 is 15.27 per cent less, and the other way round 18.02 per cent more.
-- description: It is a gap between medians, from unrounded medians, not the median of gaps, and not equal pay for one job.
-- description: Role group `other` is left out: its jobs are too unlike to compare.
-- units: role_group = role group code, or `all`
-- units: reference_sector = sector that the gap is measured from
-- units: focus_sector = sector that is compared with it
-- units: reference_workers = workers with an hourly rate in the reference sector, count
-- units: focus_workers = workers with an hourly rate in the focus sector, count
-- units: reference_median = median in the reference sector, pounds an hour
-- units: focus_median = median in the focus sector, pounds an hour
-- units: gap_pounds = reference less focus, pounds an hour
-- units: focus_less_pct = gap as a per cent of the reference median
-- units: reference_more_pct = gap as a per cent of the focus median
-- disclosure: key role_group reference_sector focus_sector
-- disclosure: need 20 reference_workers for reference_median gap_pounds focus_less_pct reference_more_pct
-- disclosure: need 20 focus_workers for focus_median gap_pounds focus_less_pct reference_more_pct
-- disclosure: sides pay_by_sector reference_sector focus_sector
SELECT
    role_group,
    reference_sector,
    focus_sector,
    CAST(reference_workers AS BIGINT) AS reference_workers,
    CAST(focus_workers AS BIGINT) AS focus_workers,
    CAST(round(reference_median, 4) AS DECIMAL(18, 4)) AS reference_median,
    CAST(round(focus_median, 4) AS DECIMAL(18, 4)) AS focus_median,
    CAST(round(reference_median - focus_median, 4) AS DECIMAL(18, 4)) AS gap_pounds,
    CAST(round((reference_median - focus_median) * 100 / NULLIF(reference_median, 0), 2) AS DECIMAL(18, 2)) AS focus_less_pct,
    CAST(round((reference_median - focus_median) * 100 / NULLIF(focus_median, 0), 2) AS DECIMAL(18, 2)) AS reference_more_pct,
    CAST(reference_workers AS BIGINT) AS basis_workers,
    CAST(reference_private_workers AS BIGINT) AS basis_private_workers,
    CAST(reference_private_providers AS BIGINT) AS basis_private_providers,
    CAST(reference_private_largest AS BIGINT) AS basis_private_largest,
    CAST(focus_workers AS BIGINT) AS basis2_workers,
    CAST(focus_private_workers AS BIGINT) AS basis2_private_workers,
    CAST(focus_private_providers AS BIGINT) AS basis2_private_providers,
    CAST(focus_private_largest AS BIGINT) AS basis2_private_largest
FROM gap_cells
ORDER BY role_group, reference_sector, focus_sector
