-- title: Contracts against proposed rules, by sector
-- description: Proposals that are not law: workers to whom one would apply if it were in force at the period, by what the
-- description: returns record. would_meet and would_not_meet say what would be so under the settings of the rule; nobody is
-- description: asked to meet it. `tested` is both together. cannot_tell is workers for whom the return does not tell; the
-- description: percentages are of those tested and, low and high, count nobody and everybody who cannot be told.
-- units: sector = sector code, `commissioned` or `all`
-- units: rule = name of the proposed rule
-- units: tested = workers whose record would meet the proposal or would not, count
-- units: would_meet = workers whose record would meet it, count
-- units: would_not_meet = workers whose record would not, count
-- units: cannot_tell = workers for whom it cannot be told, count
-- units: would_not_meet_pct = would_not_meet as a per cent of tested
-- units: would_not_meet_pct_low = would_not_meet as a per cent of tested and cannot_tell together
-- units: would_not_meet_pct_high = would_not_meet and cannot_tell as a per cent of tested and cannot_tell together
-- disclosure: key sector rule
-- disclosure: total sector
-- disclosure: small tested empties would_meet would_not_meet would_not_meet_pct would_not_meet_pct_low would_not_meet_pct_high
-- disclosure: small would_not_meet empties would_meet would_not_meet_pct would_not_meet_pct_low would_not_meet_pct_high
-- disclosure: small would_meet empties would_not_meet would_not_meet_pct would_not_meet_pct_low would_not_meet_pct_high
-- disclosure: small cannot_tell empties would_not_meet_pct_low would_not_meet_pct_high
-- disclosure: guard tested
-- disclosure: guard would_meet
-- disclosure: guard would_not_meet
-- disclosure: guard cannot_tell
SELECT
    sector,
    rule,
    CAST(met + not_met AS BIGINT) AS tested,
    CAST(met AS BIGINT) AS would_meet,
    CAST(not_met AS BIGINT) AS would_not_meet,
    CAST(cannot_tell AS BIGINT) AS cannot_tell,
    CAST(round(not_met * 100 / NULLIF(met + not_met, 0), 2) AS DECIMAL(9, 2)) AS would_not_meet_pct,
    CAST(round(not_met * 100 / NULLIF(workers, 0), 2) AS DECIMAL(9, 2)) AS would_not_meet_pct_low,
    CAST(round((not_met + cannot_tell) * 100 / NULLIF(workers, 0), 2) AS DECIMAL(9, 2)) AS would_not_meet_pct_high,
    CAST(workers AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM rule_cells
WHERE status = 'proposed'
ORDER BY sector, rule
