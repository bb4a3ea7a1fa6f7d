-- title: Doubts about a rate that meets the statutory floor
-- description: One row a doubt of rate_meets, with what it rests on in law. A worker may have one about travel and one
-- description: about sleep-ins.
-- units: place = order of the doubts
-- units: caveat = what is doubtful, code
-- units: law = where the rule stands: NMW Regulations 2015 (SI 2015/621) unless it says otherwise
SELECT place, caveat, law
FROM (VALUES
    (1, 'travel_not_paid', 'NMW Regulations 2015, reg. 34'),
    (2, 'travel_below_floor', 'NMW Regulations 2015, regs 7 and 34'),
    (3, 'travel_at_minimum', 'NMW Regulations 2015, regs 4 to 4B and 34'),
    (4, 'travel_rate_not_known', 'NMW Regulations 2015, reg. 34'),
    (5, 'travel_not_known', 'NMW Regulations 2015, reg. 34'),
    (6, 'sleep_in_unpaid', 'NMW Regulations 2015, regs 27(2) and 32(2); [2021] UKSC 8'),
    (7, 'sleep_in_flat', 'NMW Regulations 2015, regs 10(k), 27(2) and 32(2); [2021] UKSC 8'),
    (8, 'sleep_in_not_known', 'NMW Regulations 2015, regs 27(2) and 32(2); [2021] UKSC 8')
) AS c (place, caveat, law)
