-- title: The role group rows that a role group counts in
-- description: One row a role group and row that it adds to: its own, and `all`.
-- units: role_group = plain role group code
-- units: counts_in = role group code of the row that it adds to
SELECT role_group, counts_in
FROM (VALUES
    ('front_line', 'front_line'), ('front_line', 'all'),
    ('senior', 'senior'), ('senior', 'all'),
    ('supervisor', 'supervisor'), ('supervisor', 'all'),
    ('manager', 'manager'), ('manager', 'all'),
    ('nursing', 'nursing'), ('nursing', 'all'),
    ('social_work', 'social_work'), ('social_work', 'all'),
    ('allied_health', 'allied_health'), ('allied_health', 'all'),
    ('support', 'support'), ('support', 'all'),
    ('other', 'other'), ('other', 'all')
) AS t (role_group, counts_in)
