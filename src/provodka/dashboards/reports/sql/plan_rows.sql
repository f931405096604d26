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
),
days AS (
  SELECT p.document, count(d.day) AS working,
    count(d.day) FILTER (WHERE d.closes <= :as_of) AS elapsed
  FROM plan p LEFT JOIN unnest(CAST(:work_day AS date[]), CAST(:work_closes AS timestamptz[]))
    AS d (day, closes) ON d.day BETWEEN p.first_day AND p.last_day
  GROUP BY p.document
)
SELECT p.document, p.first_day, p.last_day, p.basis, p.manager_id::text AS manager,
  p.department_id::text AS department, m.department_id::text AS managers_department,
  p.product_id::text AS product, p.amount AS plan_amount,
  p.quantity AS plan_quantity, d.working, d.elapsed,
  CASE WHEN p.product_id IS NULL THEN coalesce(f.amount, 0) ELSE coalesce(f.item_amount, 0) END
    AS fact_amount,
  coalesce(f.item_quantity, 0) AS fact_quantity
FROM plan p JOIN days d ON d.document = p.document
LEFT JOIN report.employee_version m ON m.document = p.manager_id AND m.valid_from <= :as_of
  AND (m.valid_to IS NULL OR m.valid_to > :as_of)
LEFT JOIN LATERAL (
  SELECT sum(x.amount) AS amount, sum(i.amount) AS item_amount, sum(i.quantity) AS item_quantity
  FROM fact x LEFT JOIN LATERAL (
    SELECT sum(i.amount) AS amount, sum(i.quantity) AS quantity FROM item i
    WHERE p.product_id IS NOT NULL AND i.basis = x.basis AND i.document = x.document
      AND i.product = p.product_id) i ON true
  WHERE x.basis = p.basis AND x.happened >= p.begins AND x.happened < p.ends
    AND (p.manager_id IS NULL OR x.manager = p.manager_id)
    AND (p.department_id IS NULL OR EXISTS (
      SELECT FROM under u WHERE u.top = p.department_id AND u.department = x.department))
) f ON true
WHERE p.begins < :until AND p.ends > :since
ORDER BY p.first_day, p.last_day, p.basis, p.manager_id NULLS FIRST, p.department_id, p.product_id,
  p.document
