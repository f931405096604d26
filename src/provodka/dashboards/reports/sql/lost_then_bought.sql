-- Buyers of whom anything has become otherwise since the instant, or who have bought after it: what
-- they had bought by then.
WITH changed AS MATERIALIZED (
  SELECT CAST(d.after ->> 'client_id' AS uuid) AS client FROM hub.delta d
  WHERE d.kind = 'order' AND d.part = '' AND d.at > :as_of AND d.after IS NOT NULL
  UNION SELECT CAST(d.before ->> 'client_id' AS uuid) FROM hub.delta d
  WHERE d.kind = 'order' AND d.part = '' AND d.at > :as_of AND d.before IS NOT NULL
  UNION SELECT o.client_id FROM crm."order" o WHERE o.id = ANY (ARRAY(
    SELECT d.document FROM hub.delta d
    WHERE d.kind = 'order' AND d.part <> '' AND d.at > :as_of))
  UNION SELECT s.client FROM report.buying_spell s WHERE s.last_at > :as_of
),
anew AS MATERIALIZED (
  SELECT coalesce(c.merged_into_id, c.id) AS client FROM changed t JOIN crm.client c ON c.id = t.client
),
theirs AS MATERIALIZED (
  SELECT client FROM anew UNION SELECT c.id FROM crm.client c JOIN anew a ON a.client = c.merged_into_id
),
candidate AS MATERIALIZED (
  SELECT o.id, o.client_id, o.delivery_point_id, o.client_kind, o.completed_at, o.amount
  FROM crm.order o WHERE o.client_id = ANY (ARRAY(SELECT client FROM theirs))
    AND o.status = 'delivered' AND o.completed_at <= :as_of
    AND (o.deleted_at IS NULL OR o.deleted_at > :as_of)
),
goods AS MATERIALIZED (
  SELECT DISTINCT l.order_id FROM crm.order_lines l JOIN crm.product p ON p.id = l.product_id
  WHERE l.order_id = ANY (ARRAY(SELECT id FROM candidate)) AND p.kind = 'goods'
),
bought AS (
  SELECT coalesce(c.merged_into_id, o.client_id) AS client, o.delivery_point_id AS point,
    coalesce(o.client_kind, c.kind) AS kind, o.completed_at AS at, o.amount
  FROM candidate o JOIN crm.client c ON c.id = o.client_id JOIN goods g ON g.order_id = o.id
)
