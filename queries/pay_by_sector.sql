-- title: Hourly pay by role group and sector
-- description: Quartiles of the basic hourly rate. Counts workers with an hourly rate, agency workers left out: what an
-- description: agency pays is not known to the provider. A salary is divided by contracted hours over 365/7 weeks.
-- description: Quartiles interpolate linearly between the two nearest rates (type 7). `commissioned` is the independent and
-- description: third sectors together. A sector has its row only where such a worker occurs.
-- units: role_group = role group code, or `all`
-- units: sector = sector code, `commissioned` or `all`
-- units: workers = workers with an hourly rate, count
-- units: providers = providers of those workers, count
-- units: p25_hourly = lower quartile, pounds an hour
-- units: median_hourly = median, pounds an hour
-- units: p75_hourly = upper quartile, pounds an hour
-- disclosure: key role_group sector
-- disclosure: total role_group sector
-- disclosure: need 20 workers for median_hourly
-- disclosure: need 40 workers for p25_hourly p75_hourly
SELECT
    role_group,
    sector,
    CAST(workers AS BIGINT) AS workers,
    CAST(providers AS BIGINT) AS providers,
    CAST(round(p25_hourly, 4) AS DECIMAL(18, 4)) AS p25_hourly,
    CAST(round(median_hourly, 4) AS DECIMAL(18, 4)) AS median_hourly,
    CAST(round(p75_hourly, 4) AS DECIMAL(18, 4)) AS p75_hourly,
    CAST(workers AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM pay_cells
ORDER BY role_group, sector
