SELECT f.owner::text AS key, f.client AS document, c.name AS client, d.address AS point, f.client_kind, f.orders,
  f.amount, f.last_at, f.lost_at, f.returned_at, f.orders = 1 AS one_time,
  (SELECT min(coalesce(o.wanted_at, o.ordered_at)) FROM crm.order o
   WHERE o.client_id = f.client AND (:scope <> 'point' OR o.delivery_point_id = f.owner)
     AND o.ordered_at <= :as_of AND o.deleted_at IS NULL
     AND (o.completed_at IS NULL OR o.completed_at > :as_of)
     AND (o.cancelled_at IS NULL OR o.cancelled_at > :as_of)
     AND o.status <> 'cancelled') AS ahead
FROM facts f JOIN crm.client c ON c.id = f.client
LEFT JOIN crm.delivery_point d ON d.id = f.owner AND :scope = 'point'
WHERE f.lost_at >= :since AND f.lost_at < :until AND f.lost_at <= :as_of AND $wanted
ORDER BY f.lost_at, c.name, f.owner
