-- What counts for each plan: its own term, its own owner, and of its item alone if it has one.
, item AS (
  SELECT 'shipped' AS basis, shipment_id AS document, product_id AS product, quantity, amount
  FROM crm.shipment_lines
  UNION ALL
  SELECT 'won', deal_id, product_id, quantity, amount FROM crm.deal_items
),
plan AS (
  SELECT p.*, CAST(p.first_day AS timestamp) AT TIME ZONE :zone AS begins,
    CAST(p.last_day + 1 AS timestamp) AT TIME ZONE :zone AS ends
  FROM report.plan_version p
  WHERE p.valid_from <= :as_of AND (p.valid_to IS NULL OR p.valid_to > :as_of)
    AND p.created_at <= :as_of AND (p.deleted_at IS NULL OR p.deleted_at > :as_of)
    AND p.currency = 'RUB'
    AND CAST(p.first_day AS timestamp) AT TIME ZONE :zone < :until
    AND CAST(p.last_day + 1 AS timestamp) AT TIME ZONE :zone > :since
),
part AS (
  SELECT p.document AS plan, p.basis, x.document, x.happened, i.quantity,
    CASE WHEN p.product_id IS NULL THEN x.amount ELSE i.amount END AS amount
  FROM plan p JOIN fact x ON x.basis = p.basis AND x.happened >= p.begins AND x.happened < p.ends
    AND (p.manager_id IS NULL OR x.manager = p.manager_id)
    AND (p.department_id IS NULL OR EXISTS (
      SELECT FROM under u WHERE u.top = p.department_id AND u.department = x.department))
  LEFT JOIN LATERAL (SELECT sum(i.quantity) AS quantity, sum(i.amount) AS amount FROM item i
    WHERE p.product_id IS NOT NULL AND i.basis = x.basis AND i.document = x.document
      AND i.product = p.product_id) i ON true
  WHERE p.product_id IS NULL OR i.amount IS NOT NULL
)
