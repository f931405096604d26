, behind AS (
  SELECT n.nth, f.shipment AS document, f.happened AS at,
    sum(CASE WHEN n.wanted = 'vat' THEN f.vat ELSE f.amount END) AS amount
  FROM f JOIN number n ON n.key_group = $group AND n.key_item = f.item::text
    AND n.key_client_kind = f.client_kind
  WHERE $wanted GROUP BY n.nth, f.shipment, f.happened
)
