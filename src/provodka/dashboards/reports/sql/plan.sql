-- What was shipped, paid and won up to the instant: one row a paper, or a line where items count.
WITH RECURSIVE paper AS (
  SELECT 'shipped' AS basis, s.document, s.date AS happened, s.client_id,
    s.amount, i.deal_id
  FROM report.shipment_version s
  LEFT JOIN report.invoice_version i ON i.document = s.invoice_id AND i.valid_from <= :as_of
    AND (i.valid_to IS NULL OR i.valid_to > :as_of)
  WHERE s.valid_from <= :as_of AND (s.valid_to IS NULL OR s.valid_to > :as_of)
    AND (s.deleted_at IS NULL OR s.deleted_at > :as_of) AND s.posted AND s.currency = 'RUB'
    AND s.date <= :as_of
  UNION ALL
  SELECT 'paid', p.document, p.date, p.client_id, p.amount, NULL
  FROM report.payment_version p
  WHERE p.valid_from <= :as_of AND (p.valid_to IS NULL OR p.valid_to > :as_of)
    AND (p.deleted_at IS NULL OR p.deleted_at > :as_of) AND p.posted AND p.currency = 'RUB'
    AND p.date <= :as_of
),
-- The last close counts: a deal that was opened again and is open is not won.
last_visit AS (
  SELECT DISTINCT ON (deal) * FROM report.stage_visit WHERE entered_at <= :as_of
  ORDER BY deal, visit DESC
),
fact AS MATERIALIZED (
  SELECT p.basis, p.document, p.happened, p.amount,
    coalesce(v.responsible, c.responsible_id) AS manager,
    coalesce(v.department, e.department_id) AS department
  FROM paper p
  LEFT JOIN LATERAL (SELECT responsible, department FROM report.stage_visit v
    WHERE v.deal = p.deal_id AND v.entered_at <= p.happened ORDER BY visit DESC LIMIT 1) v ON true
  LEFT JOIN report.client_version c ON c.document = p.client_id
    AND c.valid_from <= p.happened AND (c.valid_to IS NULL OR c.valid_to > p.happened)
  LEFT JOIN report.employee_version e ON e.document = c.responsible_id
    AND e.valid_from <= p.happened AND (e.valid_to IS NULL OR e.valid_to > p.happened)
  UNION ALL
  SELECT 'won', deal, entered_at, amount, responsible, department FROM last_visit
  WHERE stage_kind = 'won' AND currency = 'RUB' AND (left_at IS NULL OR left_at > :as_of)
),
-- A department answers for those under it.
under (top, department) AS (
  SELECT document, document FROM report.department_version
  WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
  UNION
  SELECT u.top, d.document FROM under u JOIN report.department_version d
    ON d.parent_id = u.department AND d.valid_from <= :as_of
    AND (d.valid_to IS NULL OR d.valid_to > :as_of)
)
