-- title: Contractual pay of each worker against the pay floors of social care and the health service
-- description: One row a worker and standard that the worker is or may be in scope of. Where the returns leave it open whether
-- description: the worker is in scope, it is cannot_tell whatever the pay; otherwise a result is `below` or `meets` only where
-- description: every rate that could apply gives that answer. Agency workers and pay without an hourly rate are cannot_tell.
-- description: `wales_social_care_rlw`, a commitment of the Welsh Government: workers registered with Social Care Wales in
-- description: roles of care, management and social work, in care homes, children's homes, home care, supported living and
-- description: extra care in Wales. It is open for those who have applied, those not registered in their first six months, those
-- description: whose registration, service or area is not known, and personal assistants who are not registered: they are
-- description: in scope where a direct payment pays them. `scotland_adult_social_care`, a commitment of the Scottish
-- description: Government: care workers, support workers, health care assistants, nursing assistants and senior care workers in
-- description: the independent and third sectors, in home care, supported living, extra care, care homes, day care and adult
-- description: placement in Scotland, and personal assistants outside councils and the health service; not in children's
-- description: homes. It is open for community, other and unknown services. Whether the provider agreed the uplift with its
-- description: council is not in the returns. `agenda_for_change_england` and `agenda_for_change_wales`: the lowest rate of the
-- description: health service's national contract, for its own workers only; open for apprentices, who may have scales of
-- description: their own. Commitments are compared as the real Living Wage is: guaranteed allowances count, and a salary is for
-- description: 52 weeks, but for workers of every age. The health service's rate is a salary over 365/7 weeks
-- description: rounded to the penny, so a salary is held against it after the same rounding; allowances do not count.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: sector = sector code of the workplace
-- units: role_group = role group code
-- units: standard = standard code, the scheme of the wage floors
-- units: result = `below`, `meets` or `cannot_tell`
-- units: shortfall_sevenths = seven times the yearly shortfall of a worker below, pounds, empty where no hours are known
WITH possible AS (
    SELECT nation AS place, f.* FROM care_floors_in_force AS f
    UNION ALL
    -- A workplace whose place is not known may be in any nation.
    SELECT 'unknown' AS place, f.* FROM care_floors_in_force AS f
),
places AS (
    -- True, false, or empty where it is not known: so AND and OR leave open only what an unknown decides.
    SELECT
        w.provider_id,
        w.workplace_id,
        w.sector,
        f.standard,
        f.living_wage_rule,
        f.lowest_floor,
        f.highest_floor,
        n.nation = f.nation AS in_nation,
        CASE f.standard
            WHEN 'wales_social_care_rlw' THEN w.service IN (
                'domiciliary', 'supported_living', 'extra_care', 'residential', 'nursing', 'children_residential'
            )
            WHEN 'scotland_adult_social_care' THEN w.sector IN ('independent', 'third_sector')
                AND CASE WHEN w.service NOT IN ('community', 'other')
                    THEN w.service NOT IN ('children_residential', 'healthcare', 'head_office')
                END
            ELSE w.sector = 'nhs'
        END AS service_fits,
        CASE f.standard
            WHEN 'wales_social_care_rlw' THEN NULL
            WHEN 'scotland_adult_social_care' THEN w.sector NOT IN ('local_authority', 'nhs')
                AND coalesce(w.service <> 'children_residential', true)
            ELSE false
        END AS assistant_fits
    FROM workplaces AS w
    LEFT JOIN nations AS n ON n.letter = left(w.area_code, 1)
    JOIN possible AS f ON f.place = coalesce(n.nation, 'unknown')
),
placed AS (
    SELECT
        p.*,
        f.sector,
        f.standard,
        f.living_wage_rule,
        f.lowest_floor,
        f.highest_floor,
        f.in_nation AND (
            f.service_fits AND CASE f.standard
                WHEN 'wales_social_care_rlw' THEN
                    p.role_group IN ('front_line', 'senior', 'supervisor', 'manager', 'social_work')
                    AND CASE p.registered
                        WHEN 'yes' THEN true
                        WHEN 'not_required' THEN false
                        WHEN 'no' THEN CASE WHEN NOT p.in_first_six_months THEN false END
                    END
                WHEN 'scotland_adult_social_care' THEN p.role IN (
                    'care_worker', 'support_worker', 'healthcare_support_worker', 'nursing_assistant', 'senior_care_worker'
                )
                ELSE CASE WHEN p.apprenticeship = 0 THEN true END
            END
            OR p.role = 'personal_assistant' AND f.assistant_fits
        ) AS in_scope
    FROM places AS f
    JOIN contractual_pay AS p ON p.provider_id = f.provider_id AND p.workplace_id = f.workplace_id
    WHERE f.service_fits IS NOT false OR f.assistant_fits IS NOT false
),
measured AS (
    SELECT
        p.*,
        CASE WHEN living_wage_rule THEN allowance ELSE 0 END AS counted_allowance,
        CASE WHEN living_wage_rule THEN paid_hours * 7 ELSE most_hours_sevenths END AS hours_sevenths,
        -- Half a penny: what rounding the salary's hourly rate can add.
        CASE WHEN salaried AND NOT living_wage_rule THEN 0.005 ELSE 0.000 END AS rounding
    FROM placed AS p
    WHERE in_scope IS NOT false
),
compared AS (
    SELECT
        m.*,
        in_scope AND pay_known
            AND pay * 7 < (lowest_floor - counted_allowance - rounding) * hours_sevenths AS below_floor,
        in_scope AND pay_known
            AND pay * 7 >= (highest_floor - counted_allowance - rounding) * hours_sevenths AS meets_floor
    FROM measured AS m
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    sector,
    role_group,
    standard,
    CASE WHEN below_floor THEN 'below' WHEN meets_floor THEN 'meets' ELSE 'cannot_tell' END AS result,
    CASE WHEN below_floor
        THEN (lowest_floor - counted_allowance)
            * CASE WHEN salaried AND living_wage_rule THEN paid_hours * 7 ELSE year_hours_sevenths END
            - year_pay_sevenths
    END AS shortfall_sevenths
FROM compared
