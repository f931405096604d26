-- Unbroken spells of buying: a new one begins with the first purchase after three months without.
WITH bought AS MATERIALIZED (
  SELECT CASE WHEN :scope = 'point' THEN o.delivery_point_id
           ELSE coalesce(c.merged_into_id, o.client_id) END AS owner,
    coalesce(c.merged_into_id, o.client_id) AS client, coalesce(o.client_kind, c.kind) AS kind,
    o.id, o.completed_at AS at, o.amount
  FROM crm.order o JOIN crm.client c ON c.id = o.client_id
  WHERE o.status = 'delivered' AND o.completed_at <= :as_of
    AND (o.deleted_at IS NULL OR o.deleted_at > :as_of)
    AND (:scope <> 'point' OR o.delivery_point_id IS NOT NULL) AND true /* touched */
    AND EXISTS (SELECT FROM crm.order_lines l JOIN crm.product p ON p.id = l.product_id
      WHERE l.order_id = o.id AND p.kind = 'goods'
        AND (CAST(:item_kind AS text) IS NULL OR l.item_kind = :item_kind))
),
placed AS (
  SELECT b.*, lag(b.at) OVER (PARTITION BY b.owner ORDER BY b.at, b.id) AS former FROM bought b
),
parted AS (
  SELECT p.*, count(*) FILTER (WHERE p.former IS NULL OR p.at >
      (p.former AT TIME ZONE :zone + interval '3 months') AT TIME ZONE :zone)
    OVER (PARTITION BY p.owner ORDER BY p.at, p.id) AS spell
  FROM placed p
),
gathered AS (
  SELECT owner, spell, min(at) AS first_at, max(at) AS last_at, count(*) AS orders,
    sum(amount) AS amount, (array_agg(kind ORDER BY at DESC, id DESC))[1] AS kind,
    (array_agg(client ORDER BY at DESC, id DESC))[1] AS client
  FROM parted GROUP BY owner, spell
),
facts AS (
  SELECT g.owner, g.client, g.spell, g.first_at, g.last_at, g.kind AS client_kind,
    (g.last_at AT TIME ZONE :zone + interval '3 months') AT TIME ZONE :zone AS lost_at,
    lead(g.first_at) OVER w AS returned_at,
    sum(g.orders) OVER w AS orders, sum(g.amount) OVER w AS amount, g.orders AS own_orders
  FROM gathered g WINDOW w AS (PARTITION BY g.owner ORDER BY g.spell)
)
