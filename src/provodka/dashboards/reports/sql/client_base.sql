-- Every client that was there at the instant: not deleted, not merged into another.
WITH clients AS MATERIALIZED (
  SELECT c.* FROM report.client_version c
  WHERE c.valid_from <= :as_of AND (c.valid_to IS NULL OR c.valid_to > :as_of)
    AND c.created_at <= :as_of AND (c.deleted_at IS NULL OR c.deleted_at > :as_of)
    AND c.merged_into_id IS NULL
),
plain AS MATERIALIZED (
  SELECT document, nullif(trim(inn), '') AS inn,
    nullif(regexp_replace(regexp_replace(phone, '\D', '', 'g'), '^8(?=\d{10}$)', '7'), '') AS phone,
    nullif(lower(trim(email)), '') AS email
  FROM clients
),
planned AS MATERIALIZED (
  SELECT client_id FROM report.task_version
  WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
    AND (deleted_at IS NULL OR deleted_at > :as_of) AND status = 'open' AND client_id IS NOT NULL
  UNION
  SELECT client_id FROM report.interaction_version
  WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
    AND (deleted_at IS NULL OR deleted_at > :as_of) AND status = 'planned'
    AND client_id IS NOT NULL
  UNION
  SELECT v.client FROM report.task_version t JOIN report.stage_visit v ON v.deal = t.deal_id
  WHERE t.valid_from <= :as_of AND (t.valid_to IS NULL OR t.valid_to > :as_of)
    AND (t.deleted_at IS NULL OR t.deleted_at > :as_of) AND t.status = 'open'
    AND v.entered_at <= :as_of AND (v.left_at IS NULL OR v.left_at > :as_of)
),
facts AS MATERIALIZED (
  SELECT c.document, c.responsible_id AS manager, e.department_id AS department,
    c.kind AS client_kind, c.source, c.created_at AS happened,
    p.inn, p.phone, p.email, nullif(trim(c.delivery_address), '') AS address,
    nullif(trim(c.name), '') AS name,
    count(*) OVER (PARTITION BY p.inn) AS same_inn,
    count(*) OVER (PARTITION BY p.phone) AS same_phone,
    count(*) OVER (PARTITION BY p.email) AS same_email,
    l.client_id IS NOT NULL AS planned
  FROM clients c JOIN plain p ON p.document = c.document
  LEFT JOIN planned l ON l.client_id = c.document
  LEFT JOIN report.employee_version e ON e.document = c.responsible_id
    AND e.valid_from <= :as_of AND (e.valid_to IS NULL OR e.valid_to > :as_of)
),
told AS MATERIALIZED (
  SELECT f.*, $group AS grp,
    f.inn IS NOT NULL AND same_inn > 1 AS twice_inn,
    f.phone IS NOT NULL AND same_phone > 1 AS twice_phone,
    f.email IS NOT NULL AND same_email > 1 AS twice_email
  FROM facts f WHERE $wanted
)
