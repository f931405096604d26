, counted AS (
  SELECT scenario, grp, measure, length,
    count(*) FILTER (WHERE state IN ('qualified', 'sent')) AS won,
    count(*) FILTER (WHERE state = 'lost') AS lost,
    count(*) FILTER (WHERE state = 'open') AS censored
  FROM sample GROUP BY scenario, grp, measure, length
)
SELECT scenario, grp AS "group", measure,
  array_agg(length ORDER BY length) AS times,
  array_agg(won ORDER BY length) AS won,
  array_agg(lost ORDER BY length) AS lost,
  array_agg(censored ORDER BY length) AS censored
FROM counted GROUP BY scenario, grp, measure ORDER BY scenario, grp, measure
