-- title: What a floor would raise each worker's pay by
-- description: One row a job; hours stay as they are. Its parameters are those of cost_to_comply, which gives them.
-- description: Without `floor` the floor is the lowest statutory rate that the worker may have a right to, and those below it are
-- description: those of wage_tests; a floor that is given is for everybody, whatever the age, and a salary is below it where
-- description: it pays less for 365/7 weeks of contracted hours. With r the hourly pay, F the floor, k = ripple_pct / 100 (from
-- description: 0 to 1), x = ripple_over, and g the greatest F - r of the provider's workers below the floor, the rise of an hour
-- description: is the greatest of 0, of F - r for those below the floor, and of k times the lesser of g and F + x - r. So the
-- description: ripple is k times what the lowest paid of the provider gain, up to x above the lowest pay; then it falls by k
-- description: pence a penny, to nothing at x above the floor. Under one floor nobody overtakes anybody in a provider, pay never
-- description: falls as the floor rises, and where nobody is below the floor nobody gains.
-- param: floor decimal empty
-- param: ripple_pct decimal 0
-- param: ripple_over decimal 0
-- units: provider_id = provider code
-- units: workplace_id = workplace code, unique within the provider
-- units: worker_key = keyed hash that stands for the worker, hex
-- units: role_group = role group code
-- units: cannot_tell = true where pay is not known, or it cannot be told whether it is below the floor
-- units: raised = true where pay rises
-- units: year_rise_sevenths = seven times the rise over a year, pounds, 0 where pay does not rise, empty where no hours are known
-- units: year_pay_sevenths = seven times the pay of a year, pounds, empty where pay or hours are not known
WITH settings AS (
    SELECT
        CAST($floor AS DECIMAL(9, 4)) AS floor,
        least(greatest(CAST($ripple_pct AS DECIMAL(9, 4)) * 0.01, 0), 1) AS ripple,
        CAST($ripple_over AS DECIMAL(9, 4)) AS ripple_over
),
held AS (
    SELECT
        p.provider_id,
        p.workplace_id,
        p.worker_key,
        p.role_group,
        p.pay_known,
        p.salaried,
        p.hourly,
        p.year_hours_sevenths,
        p.year_pay_sevenths,
        s.ripple,
        s.ripple_over,
        coalesce(s.floor, f.lowest_floor) AS floor,
        CASE WHEN s.floor IS NULL THEN p.pay < f.lowest_floor * p.paid_hours
            ELSE p.pay * 7 < s.floor * p.most_hours_sevenths
        END AS below,
        CASE WHEN s.floor IS NULL THEN p.pay * 7 >= f.highest_floor * p.most_hours_sevenths
            ELSE p.pay * 7 >= s.floor * p.most_hours_sevenths
        END AS meets
    FROM settings AS s
    CROSS JOIN contractual_pay AS p
    LEFT JOIN statutory_floors AS f ON f.age = p.floor_age AND f.apprenticeship = p.apprenticeship
),
greatest_rises AS (
    SELECT provider_id, max(floor - hourly) AS greatest_rise
    FROM held
    WHERE pay_known AND below AND ripple > 0
    GROUP BY provider_id
),
measured AS (
    SELECT
        h.*,
        coalesce(pay_known AND (below OR meets), false) AS told,
        coalesce(pay_known AND below, false) AS below_floor,
        -- Whether there is a rise to take part in, and the pay is near enough.
        coalesce(pay_known AND (below OR meets) AND hourly < floor + ripple_over AND g.greatest_rise > 0, false) AS near_floor,
        g.greatest_rise
    -- Providers are few and stand first, so that they and not the workers are held in memory.
    FROM greatest_rises AS g
    RIGHT JOIN held AS h ON h.provider_id = g.provider_id
)
SELECT
    provider_id,
    workplace_id,
    worker_key,
    role_group,
    NOT told AS cannot_tell,
    below_floor OR near_floor AS raised,
    CASE WHEN told AND year_hours_sevenths IS NOT NULL
        THEN greatest(
            CASE WHEN below_floor THEN floor * year_hours_sevenths - year_pay_sevenths ELSE 0 END,
            CASE WHEN near_floor
                THEN ripple * least(
                    greatest_rise * year_hours_sevenths, (floor + ripple_over) * year_hours_sevenths - year_pay_sevenths
                )
                ELSE 0
            END
        )
    END AS year_rise_sevenths,
    CASE WHEN pay_known THEN year_pay_sevenths END AS year_pay_sevenths
FROM measured
