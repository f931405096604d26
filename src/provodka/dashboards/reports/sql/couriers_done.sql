-- What was handed over, under the courier who did it, on the day of arrival.
WITH done AS MATERIALIZED (
  SELECT s.*, s.courier_id AS courier, s.client_id AS client,
    coalesce(s.client_kind, (SELECT c.kind FROM crm.client c WHERE c.id = s.client_id)) AS kind,
    s.arrived_at AS happened
  FROM crm.delivery s
  WHERE s.status = 'done' AND s.arrived_at >= :since AND s.arrived_at < :until
    AND s.arrived_at <= :as_of AND (s.deleted_at IS NULL OR s.deleted_at > :as_of)
)
