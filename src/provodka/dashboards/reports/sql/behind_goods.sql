, f AS (
  SELECT d.id, d.courier, d.client, d.kind AS client_kind, d.happened, l.product_id AS item,
    l.amount
  FROM done d JOIN crm.delivery_lines l ON l.delivery_id = d.id
),
behind AS (
  SELECT f.id AS document, f.happened AS at, sum(f.amount) AS amount FROM f
  WHERE $wanted AND coalesce(f.courier::text, '') = :key_courier AND f.client::text = :key_client
    AND f.client_kind = :key_client_kind AND f.item::text = :key_item
  GROUP BY f.id, f.happened
)
