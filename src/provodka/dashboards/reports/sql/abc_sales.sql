-- What was sold: completed orders or posted shipments, without returnable tare.
WITH sold AS (
  SELECT o.id AS document, l.product_id AS item, coalesce(c.merged_into_id, o.client_id) AS client,
    coalesce(o.client_kind, c.kind) AS client_kind, o.completed_at AS happened,
    l.quantity, l.amount
  FROM crm.order o JOIN crm.order_lines l ON l.order_id = o.id
  JOIN crm.client c ON c.id = o.client_id JOIN crm.product p ON p.id = l.product_id
  WHERE :basis = 'orders' AND o.status = 'delivered' AND p.kind <> 'returnable'
    AND o.completed_at <= :as_of AND (o.deleted_at IS NULL OR o.deleted_at > :as_of)
  UNION ALL
  SELECT s.id, l.product_id, coalesce(c.merged_into_id, s.client_id), coalesce(k.kind, c.kind),
    s.date,
    l.quantity, l.amount + CASE WHEN s.vat_included THEN 0 ELSE l.vat_amount END
  FROM crm.shipment s JOIN crm.shipment_lines l ON l.shipment_id = s.id
  JOIN crm.client c ON c.id = s.client_id JOIN crm.product p ON p.id = l.product_id
  LEFT JOIN report.client_version k ON k.document = s.client_id
    AND k.valid_from <= s.date AND (k.valid_to IS NULL OR k.valid_to > s.date)
  WHERE :basis = 'shipments' AND s.posted AND p.kind <> 'returnable'
    AND (:metric = 'quantity' OR s.currency = 'RUB')
    AND s.date <= :as_of AND (s.deleted_at IS NULL OR s.deleted_at > :as_of)
),
f AS (
  SELECT s.document, CASE WHEN :object = 'client' THEN s.client ELSE s.item END AS object,
    s.client_kind, s.happened,
    CASE WHEN :metric = 'quantity' THEN s.quantity ELSE s.amount END AS value
  FROM sold s
)
