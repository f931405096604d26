-- Every completed order for goods: who bought, and when.
WITH bought AS (
  SELECT coalesce(c.merged_into_id, o.client_id) AS client, o.delivery_point_id AS point,
    coalesce(o.client_kind, c.kind) AS kind, o.completed_at AS at, o.amount
  FROM crm.order o JOIN crm.client c ON c.id = o.client_id
  WHERE o.status = 'delivered' AND o.completed_at <= :as_of
    AND (o.deleted_at IS NULL OR o.deleted_at > :as_of)
    AND (:scope <> 'point' OR o.delivery_point_id IS NOT NULL) AND true /* touched */
    AND EXISTS (SELECT FROM crm.order_lines l JOIN crm.product p ON p.id = l.product_id
      WHERE l.order_id = o.id AND p.kind = 'goods'
        AND (CAST(:item_kind AS text) IS NULL OR l.item_kind = :item_kind))
)
