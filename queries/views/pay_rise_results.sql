-- title: What a floor would raise pay by, by provider, sector and role group
-- description: pay_rises counted once, for the tables that show it, with its parameters.
-- units: provider_id = provider code
-- units: sector = sector code
-- units: role_group = role group code
-- units: raised = workers whose pay rises, count
-- units: raised_known = of these, workers whose hours are known, count
-- units: cannot_tell = workers for whom it cannot be told, count
-- units: paid_workers = workers whose pay and hours are known, count
-- units: rise_sevenths = seven times the rises over a year, pounds
-- units: pay_sevenths = seven times the pay of a year of paid_workers, pounds
WITH by_workplace AS (
    SELECT
        provider_id,
        workplace_id,
        role_group,
        count(*) FILTER (WHERE raised) AS raised,
        count(*) FILTER (WHERE raised AND year_rise_sevenths IS NOT NULL) AS raised_known,
        count(*) FILTER (WHERE cannot_tell) AS cannot_tell,
        count(year_pay_sevenths) AS paid_workers,
        sum(CASE WHEN raised THEN year_rise_sevenths END) AS rise_sevenths,
        sum(year_pay_sevenths) AS pay_sevenths
    FROM pay_rises
    GROUP BY provider_id, workplace_id, role_group
)
SELECT
    w.provider_id,
    w.sector,
    b.role_group,
    sum(b.raised) AS raised,
    sum(b.raised_known) AS raised_known,
    sum(b.cannot_tell) AS cannot_tell,
    sum(b.paid_workers) AS paid_workers,
    sum(b.rise_sevenths) AS rise_sevenths,
    sum(b.pay_sevenths) AS pay_sevenths
FROM workplaces AS w
JOIN by_workplace AS b ON b.provider_id = w.provider_id AND b.workplace_id = w.workplace_id
GROUP BY w.provider_id, w.sector, b.role_group
