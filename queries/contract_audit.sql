-- title: Contracts and registration, by workplace
-- description: One row a workplace. Zero hours counts workers without guaranteed hours on any tenure. under_16_hours and
-- description: hours_unknown count permanent, temporary and fixed-term workers who are not on zero hours.
-- description: average_above_contracted counts those whose average hours over the last 12 weeks are above their contracted
-- description: hours, where both are given.
-- description: Registration with Social Care Wales is looked at in Wales only, in domiciliary care, supported living, care
-- description: homes with and without nursing, children's homes and adult placement, for front-line, senior, supervisor,
-- description: manager and social work roles on any tenure: nurses and allied professions have registers of their own. It is
-- description: looked at from 1 April 2020 in domiciliary care and supported living, from 1 October 2022 in care homes and
-- description: adult placement, and from before 2018 for children's homes, managers and social workers (managers of adult
-- description: placement from 1 October 2022). `no` is overdue once the time allowed has passed: six months from the start in
-- description: domiciliary care and supported living; elsewhere and for managers and social workers six months from a start on
-- description: or after 1 April 2023, 1 October 2023 for starts from 30 September 2022, 12 months from earlier starts. It is
-- description: unknown where the return says nothing, where `no` or `applied` has no start date, and for `applied` after the
-- description: time allowed: an application is no registration. Where the place is not known, or is in Wales and the service
-- description: is not known, it is unknown for all whose state is neither `yes` nor `not_required`, which are in order.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: regulator_id = number of the service at the inspectorate
-- units: service = service code
-- units: workers = all worker rows of the workplace, count
-- units: agency = agency workers, count
-- units: bank = bank workers, count
-- units: zero_hours = workers without guaranteed hours, count
-- units: under_16_hours = employed workers with fewer than 16 contracted hours a week, count
-- units: hours_unknown = employed workers whose contracted hours are not known, count
-- units: average_above_contracted = workers who work more than contracted, count
-- units: registration_overdue = workers not registered after the time allowed, count
-- units: registration_unknown = workers for whom that cannot be told, count
-- disclosure: restricted
WITH counted AS (
    SELECT
        provider_id,
        workplace_id,
        count(*) AS workers,
        count(*) FILTER (WHERE tenure = 'agency') AS agency,
        count(*) FILTER (WHERE tenure = 'bank') AS bank,
        count(*) FILTER (WHERE zero_hours) AS zero_hours,
        count(*) FILTER (WHERE employed AND contracted_hours < 16) AS under_16_hours,
        count(*) FILTER (WHERE employed AND contracted_hours IS NULL) AS hours_unknown,
        count(*) FILTER (WHERE average_hours > contracted_hours) AS average_above_contracted,
        count(registration) AS unregistered,
        count(*) FILTER (WHERE registration = 'overdue') AS overdue,
        count(*) FILTER (WHERE registration = 'unknown') AS undecided
    FROM audited_jobs
    GROUP BY provider_id, workplace_id
)
SELECT
    p.provider_id,
    p.workplace_id,
    p.regulator_id,
    p.service,
    CAST(coalesce(c.workers, 0) AS BIGINT) AS workers,
    CAST(coalesce(c.agency, 0) AS BIGINT) AS agency,
    CAST(coalesce(c.bank, 0) AS BIGINT) AS bank,
    CAST(coalesce(c.zero_hours, 0) AS BIGINT) AS zero_hours,
    CAST(coalesce(c.under_16_hours, 0) AS BIGINT) AS under_16_hours,
    CAST(coalesce(c.hours_unknown, 0) AS BIGINT) AS hours_unknown,
    CAST(coalesce(c.average_above_contracted, 0) AS BIGINT) AS average_above_contracted,
    CAST(CASE WHEN p.scope = 'inside' THEN coalesce(c.overdue, 0) ELSE 0 END AS BIGINT) AS registration_overdue,
    CAST(CASE p.scope
        WHEN 'inside' THEN coalesce(c.undecided, 0)
        WHEN 'unknown' THEN coalesce(c.unregistered, 0)
        ELSE 0
    END AS BIGINT) AS registration_unknown
FROM audited_workplaces AS p
LEFT JOIN counted AS c ON c.provider_id = p.provider_id AND c.workplace_id = p.workplace_id
ORDER BY p.provider_id, p.workplace_id
