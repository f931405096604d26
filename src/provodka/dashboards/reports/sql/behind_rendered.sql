, behind AS (
  SELECT f.shipment AS document, f.happened AS at,
    sum(CASE WHEN :wanted = 'vat' THEN f.vat ELSE f.amount END) AS amount
  FROM f WHERE $wanted AND $group = :key_group AND f.item::text = :key_item
    AND f.client_kind = :key_client_kind
  GROUP BY f.shipment, f.happened
)
