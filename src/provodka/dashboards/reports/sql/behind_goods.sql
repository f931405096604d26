, f AS (
  SELECT d.id, d.courier, d.client, d.kind AS client_kind, d.happened, l.product_id AS item,
    l.amount
  FROM done d JOIN crm.delivery_lines l ON l.delivery_id = d.id
),
behind AS (
  SELECT n.nth, f.id AS document, f.happened AS at, sum(f.amount) AS amount
  FROM f JOIN number n ON n.key_courier = coalesce(f.courier::text, '')
    AND n.key_client = f.client::text AND n.key_client_kind = f.client_kind
    AND n.key_item = f.item::text
  WHERE $wanted GROUP BY n.nth, f.id, f.happened
)
