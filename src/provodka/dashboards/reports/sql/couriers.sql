-- Each stop on each day on which, at the cut-off, it was planned: with whom then, and what became.
-- A stop stood in the period if it stands there now, or once stood there and was moved away.
WITH stop AS MATERIALIZED (
  SELECT s.* FROM crm.delivery s
  WHERE s.planned_from >= :since AND s.planned_from < :until
    OR s.id = ANY (ARRAY(SELECT m.delivery_id FROM crm.delivery_moves m
      WHERE m.former_from >= :since AND m.former_from < :until))
),
states AS (
  SELECT s.id, m.line, coalesce(lag(m.at) OVER w, '-infinity') AS since, m.at AS until,
    m.former_from AS planned_from, m.former_to AS planned_to, m.former_courier_id AS courier
  FROM stop s JOIN crm.delivery_moves m ON m.delivery_id = s.id AND m.at <= :as_of
  WINDOW w AS (PARTITION BY s.id ORDER BY m.line)
  UNION ALL
  SELECT s.id, NULL, coalesce(l.at, '-infinity'), 'infinity',
    coalesce(n.former_from, s.planned_from), coalesce(n.former_to, s.planned_to),
    coalesce(n.former_courier_id, s.courier_id)
  FROM stop s
  LEFT JOIN LATERAL (SELECT max(m.at) AS at FROM crm.delivery_moves m
    WHERE m.delivery_id = s.id AND m.at <= :as_of) l ON true
  LEFT JOIN LATERAL (SELECT * FROM crm.delivery_moves m
    WHERE m.delivery_id = s.id AND m.at > :as_of ORDER BY m.line LIMIT 1) n ON true
),
days AS (
  SELECT t.*, (t.planned_from AT TIME ZONE :zone)::date AS day,
    ((t.planned_from AT TIME ZONE :zone)::date + CAST(:cutoff AS interval)) AT TIME ZONE :zone
      AS cutoff,
    ((t.planned_from AT TIME ZONE :zone)::date + interval '1 day') AT TIME ZONE :zone AS day_end
  FROM states t
),
base AS (
  SELECT d.*, s.number, s.attempt, s.reason, s.client_id AS client, s.created_at,
    coalesce(s.client_kind, (SELECT c.kind FROM crm.client c WHERE c.id = s.client_id))
      AS client_kind, s.arrived_at,
    CASE WHEN s.arrived_at <= :as_of OR s.arrived_at IS NULL THEN s.status ELSE 'planned' END
      AS status,
    e.courier AS last_courier, e.day AS last_day
  FROM days d JOIN stop s ON s.id = d.id
  JOIN days e ON e.id = d.id AND e.until = 'infinity'
  WHERE d.cutoff >= d.since AND d.cutoff < d.until AND d.cutoff <= :as_of
    AND (s.created_at <= d.cutoff OR s.created_at >= d.day_end)
    AND (s.deleted_at IS NULL OR s.deleted_at > :as_of)
    AND d.planned_from >= :since AND d.planned_from < :until
),
f AS MATERIALIZED (
  SELECT b.*, b.planned_from AS happened,
    CASE WHEN b.last_day <> b.day THEN 'rescheduled'
      WHEN b.last_courier IS DISTINCT FROM b.courier THEN 'reassigned'
      WHEN b.status = 'done' AND b.arrived_at <= coalesce(b.planned_to, b.day_end) THEN 'on_time'
      WHEN b.status = 'done' THEN 'late' ELSE b.status END AS outcome,
    (SELECT bool_and(coalesce(l.delivered, 0) >= l.quantity) FROM crm.delivery_lines l
      WHERE l.delivery_id = b.id) IS NOT FALSE AS in_full
  FROM base b
)
