-- title: Results of the rules on contracts by sector
-- description: One row a sector, `commissioned` and `all` included, and rule that applies to somebody in it, with what the
-- description: row rests on.
-- units: sector = sector code, `commissioned` or `all`
-- units: rule = name of the rule
-- units: status = `law`, `voluntary` or `proposed`
-- units: workers = workers to whom the rule applies, or may apply, count
-- units: met = workers whose record meets it, count
-- units: not_met = workers whose record does not meet it, count
-- units: cannot_tell = workers for whom it cannot be told, count
WITH totalled AS (
    SELECT
        s.counts_in AS sector,
        c.provider_id,
        c.rule,
        c.status,
        sum(c.workers) AS workers,
        sum(c.workers * s.private) AS private_workers,
        sum(CASE WHEN c.result IN ('met', 'would_meet') THEN c.workers ELSE 0 END) AS met,
        sum(CASE WHEN c.result IN ('breach', 'not_met', 'would_not_meet') THEN c.workers ELSE 0 END) AS not_met
    FROM rule_counts AS c
    JOIN sector_totals AS s ON s.sector = c.sector
    WHERE c.result NOT IN ('out_of_scope', 'not_in_force')
    GROUP BY s.counts_in, c.provider_id, c.rule, c.status
)
SELECT
    sector,
    rule,
    status,
    CAST(sum(workers) AS DECIMAL(18, 0)) AS workers,
    CAST(sum(met) AS DECIMAL(18, 0)) AS met,
    CAST(sum(not_met) AS DECIMAL(18, 0)) AS not_met,
    CAST(sum(workers) - sum(met) - sum(not_met) AS DECIMAL(18, 0)) AS cannot_tell,
    sum(private_workers) AS private_workers,
    count(CASE WHEN private_workers > 0 THEN 1 END) AS private_providers,
    max(private_workers) AS private_largest
FROM totalled
GROUP BY sector, rule, status
