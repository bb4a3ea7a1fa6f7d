-- title: Contracts against the law and voluntary standards, by sector
-- description: Workers to whom a rule on contracts in force at the period applies, by what the returns record. `tested` is
-- description: met and not_met together. cannot_tell is workers for whom the return does not tell whether the rule applies or
-- description: is met; not_met_pct is of those tested, not_met_pct_low counts nobody who cannot be told, not_met_pct_high
-- description: everybody. Law and voluntary standards only; proposals stand in contract_readiness. What a record does not meet
-- description: is not a finding against anyone.
-- units: sector = sector code, `commissioned` or `all`
-- units: rule = name of the rule
-- units: status = `law` or `voluntary`
-- units: tested = workers whose record meets the rule or does not, count
-- units: met = workers whose record meets the rule, count
-- units: not_met = workers whose record does not meet it, count
-- units: cannot_tell = workers for whom it cannot be told, count
-- units: not_met_pct = not_met as a per cent of tested
-- units: not_met_pct_low = not_met as a per cent of tested and cannot_tell together
-- units: not_met_pct_high = not_met and cannot_tell as a per cent of tested and cannot_tell together
-- disclosure: key sector rule status
-- disclosure: total sector
-- disclosure: small tested empties met not_met not_met_pct not_met_pct_low not_met_pct_high
-- disclosure: small not_met empties met not_met_pct not_met_pct_low not_met_pct_high
-- disclosure: small met empties not_met not_met_pct not_met_pct_low not_met_pct_high
-- disclosure: small cannot_tell empties not_met_pct_low not_met_pct_high
-- disclosure: guard tested
-- disclosure: guard met
-- disclosure: guard not_met
-- disclosure: guard cannot_tell
SELECT
    sector,
    rule,
    status,
    CAST(met + not_met AS BIGINT) AS tested,
    CAST(met AS BIGINT) AS met,
    CAST(not_met AS BIGINT) AS not_met,
    CAST(cannot_tell AS BIGINT) AS cannot_tell,
    CAST(round(not_met * 100 / NULLIF(met + not_met, 0), 2) AS DECIMAL(9, 2)) AS not_met_pct,
    CAST(round(not_met * 100 / NULLIF(workers, 0), 2) AS DECIMAL(9, 2)) AS not_met_pct_low,
    CAST(round((not_met + cannot_tell) * 100 / NULLIF(workers, 0), 2) AS DECIMAL(9, 2)) AS not_met_pct_high,
    CAST(workers AS BIGINT) AS basis_workers,
    CAST(private_workers AS BIGINT) AS basis_private_workers,
    CAST(private_providers AS BIGINT) AS basis_private_providers,
    CAST(private_largest AS BIGINT) AS basis_private_largest
FROM rule_cells
WHERE status <> 'proposed'
ORDER BY sector, rule
