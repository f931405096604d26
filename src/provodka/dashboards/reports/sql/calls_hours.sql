-- Incoming conversations by operator and hour of the day, in the reader's zone.
SELECT f.operator AS key_operator, coalesce(e.name, '') AS operator,
  CAST(extract(hour FROM f.happened AT TIME ZONE :zone) AS int) AS hour,
  count(*) AS calls, count(*) FILTER (WHERE f.outcome = 'answered') AS answered,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY f.wait_seconds) AS wait_median,
  sum(f.talk_seconds) / 3600.0 AS talk_hours,
  count(DISTINCT (f.happened AT TIME ZONE :zone)::date) AS days
FROM facts f
LEFT JOIN report.employee_version e ON e.document = f.operator
  AND e.valid_from <= :as_of AND (e.valid_to IS NULL OR e.valid_to > :as_of)
WHERE f.direction = 'incoming' AND $wanted
GROUP BY f.operator, e.name, hour ORDER BY e.name NULLS LAST, f.operator, hour
