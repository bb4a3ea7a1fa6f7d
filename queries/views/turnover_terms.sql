-- title: Terms of the measures of turnover, by workplace and role
-- description: One row a row of flows and measure. An empty closing is the number of the workplace's workers in the role on
-- description: permanent, temporary and fixed-term tenure, but only where its worker rows equal its total staff.
-- units: role_group = role group code
-- units: sector = sector code of the workplace
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: role = role code
-- units: measure = measure code
-- units: workers = worker rows in the role, count
-- units: closing = staff in the role at the period, given or counted, empty where not known
-- units: numerator = twice the people above the line, empty where not known
-- units: denominator = twice the people below the line, empty where not known
WITH gathered AS (
    SELECT
        provider_id,
        workplace_id,
        role,
        1 AS flow_rows,
        opening,
        starters,
        leavers,
        closing,
        vacancies,
        retained,
        0 AS workers,
        0 AS employed
    FROM flows
    UNION ALL
    SELECT
        provider_id,
        workplace_id,
        role,
        0 AS flow_rows,
        CAST(NULL AS BIGINT) AS opening,
        CAST(NULL AS BIGINT) AS starters,
        CAST(NULL AS BIGINT) AS leavers,
        CAST(NULL AS BIGINT) AS closing,
        CAST(NULL AS BIGINT) AS vacancies,
        CAST(NULL AS BIGINT) AS retained,
        workers,
        employed
    FROM staff_by_role
),
by_role AS (
    SELECT
        provider_id,
        workplace_id,
        role,
        sum(flow_rows) AS flow_rows,
        max(opening) AS opening,
        max(starters) AS starters,
        max(leavers) AS leavers,
        max(closing) AS closing,
        max(vacancies) AS vacancies,
        max(retained) AS retained,
        sum(workers) AS workers,
        sum(employed) AS employed,
        sum(sum(workers)) OVER (PARTITION BY provider_id, workplace_id) AS workplace_workers
    FROM gathered
    GROUP BY provider_id, workplace_id, role
),
closed AS (
    SELECT
        p.sector,
        r.role_group,
        b.provider_id,
        b.workplace_id,
        b.role,
        b.opening,
        b.starters,
        b.leavers,
        CASE
            WHEN b.closing IS NOT NULL THEN b.closing
            WHEN b.workplace_workers = p.total_staff THEN b.employed
        END AS closing,
        b.vacancies,
        b.retained,
        b.workers
    FROM workplaces AS p
    JOIN by_role AS b ON b.provider_id = p.provider_id AND b.workplace_id = p.workplace_id
    JOIN roles AS r ON r.role = b.role
    WHERE b.flow_rows > 0
)
SELECT
    c.role_group,
    c.sector,
    c.provider_id,
    c.workplace_id,
    c.role,
    m.measure,
    c.workers,
    c.closing,
    -- Twice the terms, so that the mean of opening and closing stays whole.
    CASE m.measure
        WHEN 'starters_closing' THEN c.starters
        WHEN 'stability' THEN c.retained
        WHEN 'vacancy' THEN c.vacancies
        ELSE c.leavers
    END * 2 AS numerator,
    CASE m.measure
        WHEN 'turnover_mean' THEN c.opening + c.closing
        WHEN 'stability' THEN c.opening * 2
        WHEN 'vacancy' THEN (c.vacancies + c.closing) * 2
        ELSE c.closing * 2
    END AS denominator
FROM closed AS c
CROSS JOIN (VALUES
    ('turnover_closing'), ('turnover_mean'), ('starters_closing'), ('stability'), ('vacancy')
) AS m (measure)
