-- title: Nations by the first letter of an area code
-- description: One row a nation of the United Kingdom. A code with another first letter, or none, leaves the nation unknown.
-- units: letter = first letter of the 9-character ONS code of an area
-- units: nation = nation code
SELECT letter, nation
FROM (VALUES
    ('E', 'england'),
    ('W', 'wales'),
    ('S', 'scotland'),
    ('N', 'northern_ireland')
) AS n (letter, nation)
