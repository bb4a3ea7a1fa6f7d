-- title: The rows behind turnover, starters, stability and vacancies
-- description: One row a row of flows and measure of which all terms are known, in each role group and sector that it
-- description: counts in. Where its closing is empty and counted from workers, one more row for each of those, which
-- description: adds to the denominator in its place.
-- key: role_group sector measure
-- behind: rate_pct = numerator denominator
-- units: role_group = role group code of the figure, or `all`
-- units: sector = sector code of the figure, `commissioned` or `all`
-- units: measure = measure code
-- units: table_name = table of the edition that holds the row
-- units: return_id = return that the row was read from
-- units: source_file = file of the return, and the sheet where it has several of one table
-- units: source_row = row in the file or sheet, counted from 1
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex; empty for a row of flows
-- units: numerator = people (vacancy: posts) that the row adds above the line; empty for a worker
-- units: denominator = people (vacancy: posts) that the row adds below the line
-- units: providers = 1 on the first row of each provider, otherwise 0
-- units: role = role code
-- units: opening = staff twelve months before the period, count
-- units: starters = those who joined, count
-- units: leavers = those who left, count
-- units: closing = staff at the period as returned, count
-- units: vacancies = vacant posts at the period, count
-- units: retained = staff of the opening who are still there, count
-- units: tenure = tenure code of a worker counted in place of closing
-- disclosure: restricted
WITH known AS (
    SELECT
        t.*,
        -- What one person at the period adds below the line.
        CASE t.measure WHEN 'turnover_mean' THEN 0.5 WHEN 'stability' THEN 0 ELSE 1 END AS closing_weight
    FROM turnover_terms AS t
    WHERE t.numerator IS NOT NULL AND t.denominator IS NOT NULL
),
gathered AS (
    SELECT
        k.role_group,
        k.sector,
        k.measure,
        'flows' AS table_name,
        f.return_id,
        f.source_file,
        f.source_row,
        k.provider_id,
        k.workplace_id,
        CAST(NULL AS VARCHAR) AS worker_key,
        CAST(k.numerator * 0.5 AS DECIMAL(18, 1)) AS numerator,
        CAST(
            k.denominator * 0.5 - CASE WHEN f.closing IS NULL THEN coalesce(k.closing, 0) * k.closing_weight ELSE 0 END
            AS DECIMAL(18, 1)
        ) AS denominator,
        k.role,
        f.opening,
        f.starters,
        f.leavers,
        f.closing,
        f.vacancies,
        f.retained,
        CAST(NULL AS VARCHAR) AS tenure
    FROM known AS k
    JOIN flows AS f ON f.provider_id = k.provider_id AND f.workplace_id = k.workplace_id AND f.role = k.role
    UNION ALL
    SELECT
        k.role_group,
        k.sector,
        k.measure,
        'workers' AS table_name,
        w.return_id,
        w.source_file,
        w.source_row,
        k.provider_id,
        k.workplace_id,
        w.worker_key,
        CAST(NULL AS DECIMAL(18, 1)) AS numerator,
        CAST(k.closing_weight AS DECIMAL(18, 1)) AS denominator,
        k.role,
        CAST(NULL AS BIGINT) AS opening,
        CAST(NULL AS BIGINT) AS starters,
        CAST(NULL AS BIGINT) AS leavers,
        CAST(NULL AS BIGINT) AS closing,
        CAST(NULL AS BIGINT) AS vacancies,
        CAST(NULL AS BIGINT) AS retained,
        w.tenure
    FROM known AS k
    JOIN flows AS f ON f.provider_id = k.provider_id AND f.workplace_id = k.workplace_id AND f.role = k.role
    JOIN workers AS w ON w.provider_id = k.provider_id AND w.workplace_id = k.workplace_id AND w.role = k.role
    WHERE f.closing IS NULL
        AND k.closing IS NOT NULL
        AND k.closing_weight > 0
        AND w.tenure IN ('permanent', 'temporary', 'fixed_term')
)
SELECT
    r.counts_in AS role_group,
    s.counts_in AS sector,
    g.measure,
    g.table_name,
    g.return_id,
    g.source_file,
    g.source_row,
    g.provider_id,
    g.workplace_id,
    g.worker_key,
    g.numerator,
    g.denominator,
    CASE WHEN row_number() OVER (
        PARTITION BY r.counts_in, s.counts_in, g.measure, g.provider_id
        ORDER BY g.table_name, g.return_id, g.source_file, g.source_row, g.role
    ) = 1 THEN 1 ELSE 0 END AS providers,
    g.role,
    g.opening,
    g.starters,
    g.leavers,
    g.closing,
    g.vacancies,
    g.retained,
    g.tenure
FROM gathered AS g
JOIN sector_totals AS s ON s.sector = g.sector
JOIN role_group_totals AS r ON r.role_group = g.role_group
ORDER BY role_group, sector, measure, table_name, return_id, source_file, source_row, role
