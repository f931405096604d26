-- Stops for a day that were entered on that day, too late for its base.
WITH f AS (
  SELECT s.courier_id AS courier, coalesce(s.client_kind, c.kind) AS client_kind
  FROM crm.delivery s JOIN crm.client c ON c.id = s.client_id
  CROSS JOIN LATERAL (SELECT date_trunc('day', s.planned_from AT TIME ZONE :zone) AS day) d
  WHERE s.planned_from >= :since AND s.planned_from < :until AND s.created_at <= :as_of
    AND (s.deleted_at IS NULL OR s.deleted_at > :as_of)
    AND s.created_at > (d.day + CAST(:cutoff AS interval)) AT TIME ZONE :zone
    AND s.created_at < (d.day + interval '1 day') AT TIME ZONE :zone
)
SELECT count(*) AS stops FROM f WHERE $wanted
