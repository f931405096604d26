-- Incoming conversations by operator and hour of the day, in the reader's zone.
SELECT v.employee_id AS key_operator, coalesce(e.name, '') AS operator,
  CAST(extract(hour FROM v.started_at AT TIME ZONE :zone) AS int) AS hour,
  count(*) AS calls, count(*) FILTER (WHERE v.outcome = 'answered') AS answered,
  sum(v.talk_seconds) / 3600.0 AS talk_hours,
  count(DISTINCT (v.started_at AT TIME ZONE :zone)::date) AS days
FROM report.call_version v
LEFT JOIN report.employee_version e ON e.document = v.employee_id
  AND e.valid_from <= :as_of AND (e.valid_to IS NULL OR e.valid_to > :as_of)
WHERE v.valid_from <= :as_of AND (v.valid_to IS NULL OR v.valid_to > :as_of)
  AND (v.deleted_at IS NULL OR v.deleted_at > :as_of) AND v.started_at <= :as_of
  AND v.started_at >= :since AND v.started_at < :until AND v.direction = 'incoming'
GROUP BY v.employee_id, e.name, hour ORDER BY e.name NULLS LAST, v.employee_id, hour
