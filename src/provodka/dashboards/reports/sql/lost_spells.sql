-- Unbroken spells of buying: a new one begins with the first purchase after three months without.
-- Three months from a day of a quarter end behind that quarter: no spell ends inside one.
, piece AS MATERIALIZED (
  SELECT client, point, kind, min(at) AS first_at, max(at) AS last_at, count(*) AS orders,
    sum(amount) AS amount
  FROM bought GROUP BY client, point, kind, date_trunc('quarter', at AT TIME ZONE :zone)
),
/* spells */
mine AS (
  SELECT CASE WHEN :scope = 'point' THEN p.point ELSE p.client END AS owner, p.* FROM piece p
  WHERE :scope <> 'point' OR p.point IS NOT NULL
),
placed AS (
  SELECT m.*, max(m.last_at) OVER (PARTITION BY m.owner ORDER BY m.first_at, m.last_at, m.point,
    m.client, m.kind ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS former FROM mine m
),
parted AS (
  SELECT p.*, count(*) FILTER (WHERE p.former IS NULL OR p.first_at >
      (p.former AT TIME ZONE :zone + interval '3 months') AT TIME ZONE :zone)
    OVER (PARTITION BY p.owner ORDER BY p.first_at, p.last_at, p.point, p.client, p.kind) AS spell
  FROM placed p
),
gathered AS (
  SELECT owner, spell, min(first_at) AS first_at, max(last_at) AS last_at,
    sum(orders)::bigint AS orders, sum(amount) AS amount,
    (array_agg(kind ORDER BY last_at DESC, kind, client))[1] AS kind,
    (array_agg(client ORDER BY last_at DESC, kind, client))[1] AS client
  FROM parted GROUP BY owner, spell
),
spelt AS (
  SELECT g.owner, g.client, g.spell, g.first_at, g.last_at, g.kind AS client_kind,
    (g.last_at AT TIME ZONE :zone + interval '3 months') AT TIME ZONE :zone AS lost_at,
    lead(g.first_at) OVER w AS returned_at,
    sum(g.orders) OVER w AS orders, sum(g.amount) OVER w AS amount, g.orders AS own_orders
  FROM gathered g WINDOW w AS (PARTITION BY g.owner ORDER BY g.spell)
)
