-- Of all other buyers the spells are as they are kept.
, facts AS (
  SELECT * FROM spelt
  UNION ALL
  SELECT s.owner, s.client, s.spell, s.first_at, s.last_at, s.client_kind, s.lost_at,
    lead(s.first_at) OVER (PARTITION BY s.owner ORDER BY s.spell) AS returned_at,
    s.orders, s.amount, s.own_orders
  FROM report.buying_spell s
  WHERE s.scope = :scope AND s.first_at <= :as_of
    AND NOT EXISTS (SELECT FROM anew a WHERE a.client = s.client)
)
