-- title: Medians of hourly pay with providers drawn anew
-- description: 999 draws for each role group and sector with at least two providers, agency workers left out. Each draws
-- description: providers at random, one fewer than there are and any of them more than once, with all their workers, and takes
-- description: the median hourly rate: a bootstrap by provider, for colleagues' pay is alike. The draws are fixed: the first
-- description: eight bytes of the SHA-256 of role group, sector and number of the draw, a line each, are the seed of SplitMix64,
-- description: and each of its numbers times the providers, in units of 2^64, is the place of one in the order of codes.
-- redraw: provider_id hourly workers
-- units: role_group = role group code, or `all`
-- units: sector = plain sector code
-- units: draw = number of the draw, from 1
-- units: median_hourly = median of this draw, pounds an hour, unrounded
WITH counted AS (
    SELECT role_group, sector, provider_id, hourly, count(*) AS workers
    FROM paid_jobs
    GROUP BY role_group, sector, provider_id, hourly
)
SELECT r.counts_in AS role_group, c.sector, c.provider_id, c.hourly, c.workers
FROM counted AS c
JOIN role_group_totals AS r ON r.role_group = c.role_group
WHERE c.sector IS NOT NULL
