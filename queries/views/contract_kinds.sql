-- title: Kinds of contract
-- description: One row a kind, in the order in which they are tried.
-- units: fit = place in that order
-- units: contract_type = kind of contract, code
SELECT fit, contract_type
FROM (VALUES
    (1, 'agency'),
    (2, 'bank'),
    (3, 'zero_hours'),
    (4, 'temporary'),
    (5, 'permanent_hours_unknown'),
    (6, 'permanent_full_time'),
    (7, 'permanent_under_16'),
    (8, 'permanent_part_time'),
    (9, 'other'),
    (10, 'unknown')
) AS k (fit, contract_type)
