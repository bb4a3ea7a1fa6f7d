-- title: Workers by workplace and role
-- description: One row a workplace and role that has workers. employed counts permanent, temporary and fixed-term tenure, the
-- description: staff that flows are about. The lowest and highest hourly rate leave agency workers out.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: role = role code
-- units: workers = worker rows, count
-- units: employed = permanent, temporary and fixed-term workers among them, count
-- units: lowest_paid = lowest hourly rate, pounds, empty where none is known
-- units: highest_paid = highest hourly rate, pounds, empty where none is known
SELECT
    provider_id,
    workplace_id,
    role,
    count(*) AS workers,
    count(*) FILTER (WHERE tenure IN ('permanent', 'temporary', 'fixed_term')) AS employed,
    min(hourly) FILTER (WHERE tenure IS DISTINCT FROM 'agency') AS lowest_paid,
    max(hourly) FILTER (WHERE tenure IS DISTINCT FROM 'agency') AS highest_paid
FROM workers
GROUP BY provider_id, workplace_id, role
