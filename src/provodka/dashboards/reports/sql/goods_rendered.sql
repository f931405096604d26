-- Lines of posted shipments in the period, VAT on top where the document's sums are without it.
WITH f AS MATERIALIZED (
  SELECT s.id AS shipment, s.date AS happened, l.product_id AS item,
    coalesce(k.kind, c.kind) AS client_kind, s.client_id AS client, l.quantity, l.vat_amount AS vat,
    l.amount + CASE WHEN s.vat_included THEN 0 ELSE l.vat_amount END AS amount
  FROM crm.shipment s JOIN crm.shipment_lines l ON l.shipment_id = s.id
  JOIN crm.client c ON c.id = s.client_id
  LEFT JOIN report.client_version k ON k.document = s.client_id
    AND k.valid_from <= s.date AND (k.valid_to IS NULL OR k.valid_to > s.date)
  WHERE s.posted AND s.currency = 'RUB' AND s.date >= :since AND s.date < :until AND s.date <= :as_of
    AND (s.deleted_at IS NULL OR s.deleted_at > :as_of)
)
