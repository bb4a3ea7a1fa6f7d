-- title: Jobs whose pay can be compared
-- description: The rows of `jobs` with an hourly rate, agency workers left out: what an agency pays is not known to the
-- description: provider.
-- units: hourly = basic pay, pounds an hour, never empty here; the other columns are those of jobs
SELECT *
FROM jobs
WHERE hourly IS NOT NULL AND tenure IS DISTINCT FROM 'agency'
