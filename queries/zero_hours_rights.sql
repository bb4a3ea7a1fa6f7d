-- title: Offers due to workers without guaranteed hours in Wales
-- description: Workers without guaranteed hours, agency workers left out, in the first state that fits: out_of_scope (a
-- description: service other than domiciliary or supported living, or a place outside Wales); unknown (service, place or
-- description: start of the spell not known); not_due (before three calendar months from the start of the present spell);
-- description: offered (an offer of guaranteed hours on or after that start); conditions_not_met (hours were not regular, or
-- description: the provider does not need them on or is not satisfied); conditions_unknown; offer_not_recorded. The rule is
-- description: regulation 42 of SI 2017/1264. The conditions are the provider's own view, and an offer not recorded is not
-- description: proof that none was made.
-- units: provider_id = provider code
-- units: sector = sector code of the workplace
-- units: status = state of the offer, code
-- units: workers = workers in that state, count
-- disclosure: restricted
WITH spells AS (
    SELECT
        j.*,
        coalesce(j.zero_hours_since, j.start_date) AS since
    FROM jobs AS j
    WHERE j.zero_hours AND j.tenure IS DISTINCT FROM 'agency'
),
placed AS (
    SELECT
        provider_id,
        sector,
        CASE
            WHEN service NOT IN ('domiciliary', 'supported_living') OR area_code NOT LIKE 'W%' THEN 'out_of_scope'
            WHEN service IS NULL OR area_code IS NULL OR since IS NULL THEN 'unknown'
            WHEN period < since + INTERVAL '3 months' THEN 'not_due'
            WHEN contract_offer_on >= since THEN 'offered'
            WHEN NOT regular_hours OR NOT offer_conditions_met THEN 'conditions_not_met'
            WHEN regular_hours IS NULL OR offer_conditions_met IS NULL THEN 'conditions_unknown'
            ELSE 'offer_not_recorded'
        END AS status
    FROM spells
)
SELECT
    provider_id,
    sector,
    status,
    CAST(count(*) AS BIGINT) AS workers
FROM placed
GROUP BY provider_id, sector, status
ORDER BY provider_id, sector, status
