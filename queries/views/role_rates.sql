-- title: Lowest and highest rates by workplace and role
-- description: One row a workplace and role with a pay point or workers. Where the workplace gives neither rate for the role,
-- description: the lowest and highest hourly rate of its workers in it stand in, agency workers left out.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: role = role code
-- units: workers = worker rows in the role, count
-- units: stands_in = true where the rates are those of workers
-- units: minimum_rate = lowest rate, pounds an hour, empty where none is known
-- units: maximum_rate = highest rate, pounds an hour, empty where none is known
WITH gathered AS (
    SELECT
        provider_id,
        workplace_id,
        role,
        minimum_rate,
        maximum_rate,
        CAST(NULL AS DECIMAL(9, 4)) AS lowest_paid,
        CAST(NULL AS DECIMAL(9, 4)) AS highest_paid,
        0 AS workers
    FROM pay_points
    UNION ALL
    SELECT
        provider_id,
        workplace_id,
        role,
        CAST(NULL AS DECIMAL(9, 4)) AS minimum_rate,
        CAST(NULL AS DECIMAL(9, 4)) AS maximum_rate,
        lowest_paid,
        highest_paid,
        workers
    FROM staff_by_role
),
by_workplace AS (
    SELECT
        provider_id,
        workplace_id,
        role,
        min(minimum_rate) AS minimum_rate,
        max(maximum_rate) AS maximum_rate,
        min(lowest_paid) AS lowest_paid,
        max(highest_paid) AS highest_paid,
        sum(workers) AS workers
    FROM gathered
    GROUP BY provider_id, workplace_id, role
)
SELECT
    provider_id,
    workplace_id,
    role,
    workers,
    minimum_rate IS NULL AND maximum_rate IS NULL AS stands_in,
    CASE WHEN maximum_rate IS NULL THEN coalesce(minimum_rate, lowest_paid) ELSE minimum_rate END AS minimum_rate,
    CASE WHEN minimum_rate IS NULL THEN coalesce(maximum_rate, highest_paid) ELSE maximum_rate END AS maximum_rate
FROM by_workplace
