-- Each thing that happened to an order, on its own day, under the operator who took the order.
WITH o AS MATERIALIZED (
  SELECT o.id, o.operator_id AS operator,
    coalesce(o.client_kind, (SELECT c.kind FROM crm.client c WHERE c.id = o.client_id))
      AS client_kind,
    o.ordered_at, o.confirmed_at, o.completed_at, o.cancelled_at, o.amount
  FROM crm.order o
  WHERE o.ordered_at <= :as_of AND (o.deleted_at IS NULL OR o.deleted_at > :as_of)
    AND (o.ordered_at >= :since AND o.ordered_at < :until
      OR o.confirmed_at >= :since AND o.confirmed_at < :until
      OR o.completed_at >= :since AND o.completed_at < :until
      OR o.cancelled_at >= :since AND o.cancelled_at < :until)
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
