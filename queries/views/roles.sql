-- title: Roles and the role groups they belong to
-- description: One row a role code. Figures are shown by role group, so the grouping is written once, here.
-- units: role = role code as in the returns
-- units: role_group = role group code that figures are shown by
SELECT role, role_group
FROM (VALUES
    ('care_worker', 'front_line'),
    ('support_worker', 'front_line'),
    ('healthcare_support_worker', 'front_line'),
    ('nursing_assistant', 'front_line'),
    ('personal_assistant', 'front_line'),
    ('residential_child_care_worker', 'front_line'),
    ('senior_care_worker', 'senior'),
    ('team_leader', 'senior'),
    ('supervisor', 'supervisor'),
    ('deputy_manager', 'manager'),
    ('registered_manager', 'manager'),
    ('manager', 'manager'),
    ('registered_nurse', 'nursing'),
    ('nursing_associate', 'nursing'),
    ('social_worker', 'social_work'),
    ('occupational_therapist', 'allied_health'),
    ('allied_health_professional', 'allied_health'),
    ('activities_worker', 'support'),
    ('ancillary', 'support'),
    ('administrative', 'support'),
    ('other', 'other')
) AS r (role, role_group)
