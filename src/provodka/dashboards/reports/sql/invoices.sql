-- Every invoice dated in the period, as it was at the instant.
WITH seen AS MATERIALIZED (
  SELECT v.* FROM report.invoice_version v WHERE v.valid_from <= :as_of
    AND v.date >= :since AND v.date < :until
),
latest AS MATERIALIZED (
  SELECT DISTINCT ON (document) * FROM seen ORDER BY document, delta DESC
),
-- When it first stood in accounting: at once if it came from there.
entered AS (
  SELECT document, min(valid_from) AS at FROM seen
  WHERE accounting IN ('entered', 'flagged') OR origin = 'onec' GROUP BY document
),
-- The manager of its deal when it was issued, else of the client.
facts AS MATERIALIZED (
  SELECT l.document, l.number, l.date AS happened, l.amount, l.currency, l.posted, l.due_date,
    l.paid_amount, l.shipped_amount, l.accounting, l.client_id AS client,
    l.deleted_at IS NOT NULL AND l.deleted_at <= :as_of AS deleted,
    coalesce(s.responsible, k.responsible_id) AS manager, k.kind AS client_kind, k.source,
    e.department_id AS department, n.at AS entered_at,
    greatest(0, extract(epoch FROM n.at - l.created_at)) / 3600 AS entered_hours,
    l.paid_amount >= l.amount AND l.amount > 0 AS paid,
    l.paid_amount > 0 AND l.paid_amount < l.amount AS partly,
    l.paid_amount < l.amount AND l.due_date < (CAST(:as_of AS timestamptz) AT TIME ZONE :zone)::date
      AS overdue,
    l.shipped_amount >= l.amount AND l.amount > 0 AS shipped
  FROM latest l LEFT JOIN entered n ON n.document = l.document
  LEFT JOIN report.client_version k ON k.document = l.client_id
    AND k.valid_from <= l.date AND (k.valid_to IS NULL OR k.valid_to > l.date)
  LEFT JOIN LATERAL (SELECT responsible FROM report.stage_visit v WHERE v.deal = l.deal_id
    AND v.entered_at <= l.date ORDER BY v.visit DESC LIMIT 1) s ON true
  LEFT JOIN report.employee_version e ON e.document = coalesce(s.responsible, k.responsible_id)
    AND e.valid_from <= l.date AND (e.valid_to IS NULL OR e.valid_to > l.date)
),
told AS MATERIALIZED (
  SELECT f.*, $group AS grp,
    NOT f.deleted AND f.posted AND f.currency = 'RUB' AS counts
  FROM facts f WHERE $wanted
)
