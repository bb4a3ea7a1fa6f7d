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
SELECT
    provider_id,
    sector,
    status,
    CAST(count(*) AS BIGINT) AS workers
FROM offer_states
GROUP BY provider_id, sector, status
ORDER BY provider_id, sector, status
