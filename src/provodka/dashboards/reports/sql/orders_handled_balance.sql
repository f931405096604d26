SELECT count(*) FILTER (WHERE o.ordered_at >= :since) AS received,
  count(*) FILTER (WHERE o.completed_at >= :since AND o.completed_at < :until
    AND o.completed_at <= :as_of) AS delivered,
  count(*) FILTER (WHERE o.ordered_at >= :since AND o.completed_at <= :as_of) AS cohort_delivered,
  count(*) FILTER (WHERE o.ordered_at >= :since AND o.completed_at IS NULL
    AND o.cancelled_at <= :as_of) AS cohort_cancelled,
  count(*) FILTER (WHERE o.ordered_at >= :since
    AND NOT coalesce(o.completed_at <= :as_of, false)
    AND NOT (coalesce(o.cancelled_at <= :as_of, false) AND o.completed_at IS NULL)) AS cohort_open,
  count(*) FILTER (WHERE o.completed_at < o.ordered_at OR o.cancelled_at < o.ordered_at) AS reversed
FROM crm.order o
WHERE o.ordered_at < :until AND o.ordered_at <= :as_of
  AND (o.deleted_at IS NULL OR o.deleted_at > :as_of)
