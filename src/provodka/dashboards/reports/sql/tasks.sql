-- What each task was at the instant, and the term that counts: a term that passed while it stood
-- is not cured by moving it afterwards.
WITH RECURSIVE seen AS MATERIALIZED (
  SELECT * FROM report.task_version WHERE valid_from <= :as_of
),
latest AS MATERIALIZED (
  SELECT DISTINCT ON (document) * FROM seen ORDER BY document, delta DESC
),
-- The first term that stood longer than until it came; the last one stands for ever.
term AS MATERIALIZED (
  SELECT DISTINCT ON (document) document, due_at FROM seen
  WHERE due_at IS NOT NULL
    AND due_at < CASE WHEN valid_to <= :as_of THEN valid_to ELSE 'infinity' END
  ORDER BY document, delta
),
first_term AS (
  SELECT DISTINCT ON (document) document, coalesce(original_due_at, due_at) AS due_at FROM seen
  WHERE due_at IS NOT NULL ORDER BY document, delta
),
closed AS (
  SELECT document, min(valid_from) AS at FROM seen WHERE status IN ('done', 'failed')
  GROUP BY document
),
-- Whose it was when the term came; the first executor if the term had passed before.
holder AS MATERIALIZED (
  SELECT DISTINCT ON (s.document) s.document, s.executor_id
  FROM seen s JOIN term t ON t.document = s.document
  ORDER BY s.document, s.valid_from <= t.due_at DESC,
    CASE WHEN s.valid_from <= t.due_at THEN s.delta END DESC, s.delta
),
due AS MATERIALIZED (
  SELECT l.document, l.subject, l.kind, l.rule, l.client_id, l.status, t.due_at AS counted_due,
    o.due_at AS original_due, l.due_at AS current_due,
    l.deleted_at IS NOT NULL AND l.deleted_at <= :as_of AS deleted,
    CASE WHEN l.status IN ('done', 'failed') THEN coalesce(l.finished_at, c.at) END AS finished,
    w.executor_id AS executor,
    (t.due_at AT TIME ZONE :zone)::date AS due_day
  FROM latest l JOIN term t ON t.document = l.document
  JOIN first_term o ON o.document = l.document
  JOIN holder w ON w.document = l.document
  LEFT JOIN closed c ON c.document = l.document
  WHERE t.due_at >= :since AND t.due_at < :until
),
away AS MATERIALIZED (
  SELECT employee_id, substitute_id, first_day, last_day FROM report.absence_version
  WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
    AND deleted_at IS NULL AND substitute_id IS NOT NULL
),
-- Whoever stood in for the executor on the day the task was due answers for it.
answering AS (
  SELECT document, executor AS person, due_day, 0 AS depth FROM due
  UNION ALL
  SELECT w.document, a.substitute_id, w.due_day, w.depth + 1
  FROM answering w JOIN away a ON a.employee_id = w.person
    AND w.due_day BETWEEN a.first_day AND a.last_day
  WHERE w.depth < 8
),
answered AS (
  SELECT DISTINCT ON (document) document, person FROM answering ORDER BY document, depth DESC
),
facts AS (
  SELECT d.document, d.subject, d.kind, d.status, d.original_due, d.counted_due, d.current_due,
    d.finished, d.counted_due AS happened, w.person AS executor, e.department_id AS department,
    k.kind AS client_kind,
    CASE WHEN e.calendar = ANY (CAST(:zone_code AS text[])) THEN e.calendar ELSE '' END AS code,
    CASE
      WHEN d.deleted THEN 'deleted'
      WHEN d.status = 'cancelled' THEN 'cancelled'
      WHEN d.finished <= d.counted_due THEN 'on_time'
      WHEN d.finished IS NOT NULL THEN 'late'
      WHEN d.counted_due > :as_of THEN 'ahead'
      ELSE 'overdue'
    END AS state,
    least(coalesce(d.finished, :as_of), :as_of) AS until_at
  FROM due d JOIN answered w ON w.document = d.document
  LEFT JOIN report.employee_version e ON e.document = w.person
    AND e.valid_from <= d.counted_due AND (e.valid_to IS NULL OR e.valid_to > d.counted_due)
  LEFT JOIN report.client_version k ON k.document = d.client_id
    AND k.valid_from <= d.counted_due AND (k.valid_to IS NULL OR k.valid_to > d.counted_due)
),
told AS MATERIALIZED (
  SELECT f.*, $group AS grp,
    CASE WHEN f.state IN ('late', 'overdue')
      THEN greatest(0, $worked(f.counted_due, f.until_at, f.code)) / 3600 END AS delay
  FROM facts f
  WHERE $wanted
)
