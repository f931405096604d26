-- The papers that one object was sold with, each with what it adds to the object's value.
WITH f AS (
  SELECT o.id AS document, o.completed_at AS at, coalesce(o.client_kind, c.kind) AS client_kind,
    CASE WHEN :object = 'client' THEN coalesce(c.merged_into_id, o.client_id) ELSE l.product_id END
      AS object,
    CASE WHEN :metric = 'quantity' THEN l.quantity ELSE l.amount END AS value
  FROM crm.order o JOIN crm.order_lines l ON l.order_id = o.id
  JOIN crm.client c ON c.id = o.client_id JOIN crm.product p ON p.id = l.product_id
  WHERE :basis = 'orders' AND o.status = 'delivered' AND p.kind <> 'returnable'
    AND o.completed_at >= :since AND o.completed_at < :until
    AND o.completed_at <= :as_of AND (o.deleted_at IS NULL OR o.deleted_at > :as_of)
  UNION ALL
  SELECT s.id, s.date, c.kind,
    CASE WHEN :object = 'client' THEN coalesce(c.merged_into_id, s.client_id) ELSE l.product_id END,
    CASE WHEN :metric = 'quantity' THEN l.quantity
      ELSE l.amount + CASE WHEN s.vat_included THEN 0 ELSE l.vat_amount END END
  FROM crm.shipment s JOIN crm.shipment_lines l ON l.shipment_id = s.id
  JOIN crm.client c ON c.id = s.client_id JOIN crm.product p ON p.id = l.product_id
  WHERE :basis = 'shipments' AND s.posted AND p.kind <> 'returnable'
    AND s.date >= :since AND s.date < :until
    AND s.date <= :as_of AND (s.deleted_at IS NULL OR s.deleted_at > :as_of)
),
behind AS (
  SELECT f.document, f.at, sum(f.value) AS amount FROM f
  WHERE f.object::text = :key_key AND $wanted GROUP BY f.document, f.at
)
