-- title: Medians of hourly pay with providers drawn anew
-- description: 999 draws for each role group and sector that workers of at least two providers count in, agency workers
-- description: left out. Each draws one provider fewer than there are, any of them more than once, with all these
-- description: workers, and takes the median of their hourly rates (type 7: of an even number the mean of the two in the
-- description: middle): a bootstrap by provider, for colleagues' pay is alike. The draws are always the same. The first
-- description: eight bytes of the SHA-256 of role group, sector and number of the draw, in UTF-8 with a line feed between
-- description: each two, the first byte the highest, are the seed of SplitMix64. The whole part of each of its numbers
-- description: times the providers over 2^64 is the place, from 0, of the one drawn in the order of their codes by bytes.
-- description: A provider of two sectors is drawn in each by itself.
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
