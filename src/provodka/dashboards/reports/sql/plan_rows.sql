, days AS (
  SELECT p.document, count(d.day) AS working,
    count(d.day) FILTER (WHERE d.closes <= :as_of) AS elapsed
  FROM plan p LEFT JOIN unnest(CAST(:work_day AS date[]), CAST(:work_closes AS timestamptz[]))
    AS d (day, closes) ON d.day BETWEEN p.first_day AND p.last_day
  GROUP BY p.document
),
done AS (
  SELECT plan, sum(amount) AS amount, sum(quantity) AS quantity FROM part GROUP BY plan
)
SELECT p.document, p.first_day, p.last_day, p.basis, p.manager_id::text AS manager,
  p.department_id::text AS department, m.department_id::text AS managers_department,
  p.product_id::text AS product, p.amount AS plan_amount,
  p.quantity AS plan_quantity, d.working, d.elapsed, coalesce(f.amount, 0) AS fact_amount,
  coalesce(f.quantity, 0) AS fact_quantity
FROM plan p JOIN days d ON d.document = p.document
LEFT JOIN report.employee_version m ON m.document = p.manager_id AND m.valid_from <= :as_of
  AND (m.valid_to IS NULL OR m.valid_to > :as_of)
LEFT JOIN done f ON f.plan = p.document
ORDER BY p.first_day, p.last_day, p.basis, p.manager_id NULLS FIRST, p.department_id, p.product_id,
  p.document
