-- The spells as they are kept: those begun by the instant.
WITH facts AS (
  SELECT s.owner, s.client, s.spell, s.first_at, s.last_at, s.client_kind, s.lost_at,
    lead(s.first_at) OVER (PARTITION BY s.owner ORDER BY s.spell) AS returned_at,
    s.orders, s.amount, s.own_orders
  FROM report.buying_spell s WHERE s.scope = :scope AND s.first_at <= :as_of
)
