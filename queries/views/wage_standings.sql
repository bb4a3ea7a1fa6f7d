-- title: Workers against each standard
-- description: wage_tests worker by worker, with what each adds to the counts: one row a job and standard that it is in
-- description: scope of.
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: standard = `nlw_nmw` or `real_living_wage`
-- units: result = `below`, `meets` or `cannot_tell`
-- units: tested = 1 for a worker who meets the floor or is below it
-- units: below = 1 for a worker below the floor
-- units: cannot_tell = 1 for a worker for whom it cannot be told
-- units: shortfall_unknown = 1 for a worker below the floor whose hours are not known, 0 where they are
-- units: shortfall_sevenths = seven times the yearly shortfall of a worker below, pounds
-- units: lowest_floor = lowest floor that could apply, pounds an hour
-- units: highest_floor = highest floor that could apply, pounds an hour
WITH standing AS (
    SELECT
        w.provider_id,
        w.workplace_id,
        w.worker_key,
        s.standard,
        CASE WHEN s.statutory THEN w.nlw_nmw_result ELSE w.real_living_wage_result END AS result,
        CASE WHEN s.statutory THEN w.nlw_nmw_shortfall_sevenths ELSE w.real_living_wage_shortfall_sevenths
        END AS shortfall_sevenths,
        CASE WHEN s.statutory THEN w.nlw_nmw_lowest ELSE w.real_living_wage_lowest END AS lowest_floor,
        CASE WHEN s.statutory THEN w.nlw_nmw_highest ELSE w.real_living_wage_highest END AS highest_floor
    FROM wage_tests AS w
    CROSS JOIN (VALUES ('nlw_nmw', true), ('real_living_wage', false)) AS s (standard, statutory)
    WHERE s.statutory OR w.real_living_wage_result IS NOT NULL
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    standard,
    result,
    CASE WHEN result <> 'cannot_tell' THEN 1 END AS tested,
    CASE WHEN result = 'below' THEN 1 END AS below,
    CASE WHEN result = 'cannot_tell' THEN 1 END AS cannot_tell,
    CASE WHEN result = 'below' AND shortfall_sevenths IS NULL THEN 1
        WHEN result = 'below' THEN 0
    END AS shortfall_unknown,
    shortfall_sevenths,
    lowest_floor,
    highest_floor
FROM standing
