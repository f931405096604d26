-- Each thing that happened to an order, on its own day, under the operator who took the order.
WITH o AS MATERIALIZED (
  SELECT o.id, o.operator_id AS operator, coalesce(o.client_kind, c.kind) AS client_kind,
    o.ordered_at, o.confirmed_at, o.completed_at, o.cancelled_at, o.amount
  FROM crm.order o JOIN crm.client c ON c.id = o.client_id
  WHERE o.ordered_at <= :as_of AND (o.deleted_at IS NULL OR o.deleted_at > :as_of)
),
facts AS (
  SELECT o.id, o.operator, o.client_kind, o.amount, 'received' AS what, o.ordered_at AS happened,
    CASE WHEN least(o.confirmed_at, o.completed_at) <= :as_of THEN
      extract(epoch FROM least(o.confirmed_at, o.completed_at) - o.ordered_at) / 3600 END AS handled
  FROM o
  UNION ALL
  SELECT o.id, o.operator, o.client_kind, o.amount, 'confirmed', o.confirmed_at, NULL FROM o
  UNION ALL
  SELECT o.id, o.operator, o.client_kind, o.amount, 'delivered', o.completed_at, NULL FROM o
  UNION ALL
  SELECT o.id, o.operator, o.client_kind, o.amount, 'cancelled', o.cancelled_at, NULL FROM o
  UNION ALL
  SELECT k.id, k.employee_id, NULL, NULL, 'call', k.started_at, NULL
  FROM crm.call k
  WHERE k.employee_id IS NOT NULL AND k.outcome = 'answered' AND k.direction <> 'internal'
    AND (k.deleted_at IS NULL OR k.deleted_at > :as_of)
),
f AS MATERIALIZED (
  SELECT * FROM facts
  WHERE happened >= :since AND happened < :until AND happened <= :as_of
)
