-- title: Contracts against the law and voluntary standards, by provider
-- description: Workers of each provider by what each rule on contracts says of their record; proposals are not among the
-- description: rules here. `met` and, for a law, `breach`, for a voluntary standard, `not_met`; `unknown` where the return
-- description: does not tell, which is never counted as met; `out_of_scope` where the rule does not apply, or its duty has not
-- description: fallen on the worker by the period; `not_in_force` before the rule's first day or after its last. `breach` is
-- description: what the record shows, not a finding of a court or regulator. `describe contract_rules` lists the rules with
-- description: dates and citations.
-- units: provider_id = provider code
-- units: sector = sector code of the workplace
-- units: rule = name of the rule
-- units: status = `law` or `voluntary`
-- units: result = result of the rule, code
-- units: workers = workers with that result, count
-- disclosure: restricted
SELECT
    provider_id,
    sector,
    rule,
    status,
    result,
    CAST(sum(workers) AS BIGINT) AS workers
FROM rule_counts
WHERE status <> 'proposed'
GROUP BY provider_id, sector, rule, status, result
ORDER BY provider_id, sector, rule, status, result
