-- title: The sector rows that a sector counts in
-- description: One row a sector and row that it adds to: its own, `all`, and `commissioned` for the independent and
-- description: third sectors together. Local authorities and the health service are public bodies with published
-- description: scales; the part of a row outside them is private and must not show what one provider pays.
-- units: sector = plain sector code
-- units: counts_in = sector code of the row that it adds to
-- units: private = 1 outside local authorities and the health service, otherwise 0
SELECT sector, counts_in, private
FROM (VALUES
    ('independent', 'independent', 1), ('independent', 'commissioned', 1), ('independent', 'all', 1),
    ('third_sector', 'third_sector', 1), ('third_sector', 'commissioned', 1), ('third_sector', 'all', 1),
    ('local_authority', 'local_authority', 0), ('local_authority', 'all', 0),
    ('nhs', 'nhs', 0), ('nhs', 'all', 0),
    ('other', 'other', 1), ('other', 'all', 1)
) AS t (sector, counts_in, private)
