, f AS (
  SELECT d.id, d.courier, d.client, d.kind AS client_kind, d.happened, l.product_id AS item,
    l.delivered AS quantity, l.amount
  FROM done d JOIN crm.delivery_lines l ON l.delivery_id = d.id
)
SELECT e.id AS key_courier, c.id AS key_client, p.id AS key_item,
  coalesce(e.name, '') AS courier, c.name AS client, f.client_kind, p.name AS item,
  p.kind AS item_kind, sum(coalesce(f.quantity, 0)) AS quantity, sum(f.amount) AS amount,
  count(DISTINCT f.id) AS stops
FROM f JOIN crm.client c ON c.id = f.client JOIN crm.product p ON p.id = f.item
LEFT JOIN crm.employee e ON e.id = f.courier
WHERE $wanted GROUP BY e.id, c.id, f.client_kind, p.id
ORDER BY coalesce(e.name, ''), f.client_kind, c.name, p.name, e.id, c.id, p.id
