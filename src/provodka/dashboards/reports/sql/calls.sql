-- Every conversation begun in the period, as known at the instant.
WITH spoken AS MATERIALIZED (
  SELECT v.* FROM report.call_version v
  WHERE v.valid_from <= :as_of AND (v.valid_to IS NULL OR v.valid_to > :as_of)
    AND (v.deleted_at IS NULL OR v.deleted_at > :as_of) AND v.started_at <= :as_of
),
-- The first answered call of ours to a number after it has not got through.
back AS (
  SELECT m.document, min(o.started_at) AS at
  FROM spoken m JOIN spoken o ON o.client_number = m.client_number
    AND o.direction = 'outgoing' AND o.outcome = 'answered'
    AND o.started_at > m.started_at
    AND o.started_at <= m.started_at + CAST(:back AS interval)
  WHERE m.direction = 'incoming' AND m.outcome IN ('missed', 'abandoned')
    AND m.started_at >= :since AND m.started_at < :until
  GROUP BY m.document
),
facts AS (
  SELECT s.document, s.direction, s.outcome, s.source, s.wait_seconds, s.talk_seconds,
    s.started_at AS happened, s.employee_id AS operator, e.department_id AS department,
    k.kind AS client_kind, b.at AS back_at
  FROM spoken s LEFT JOIN back b ON b.document = s.document
  LEFT JOIN report.employee_version e ON e.document = s.employee_id
    AND e.valid_from <= s.started_at AND (e.valid_to IS NULL OR e.valid_to > s.started_at)
  LEFT JOIN report.client_version k ON k.document = s.client_id
    AND k.valid_from <= s.started_at AND (k.valid_to IS NULL OR k.valid_to > s.started_at)
  WHERE s.started_at >= :since AND s.started_at < :until
)
