SELECT $group AS grp,
  count(*) FILTER (WHERE f.first_at < :since AND f.lost_at >= :since) AS active_before,
  count(*) FILTER (WHERE f.spell = 1 AND f.first_at >= :since AND f.first_at < :until) AS begun,
  count(*) FILTER (WHERE f.spell > 1 AND f.first_at >= :since AND f.first_at < :until) AS returned,
  count(*) FILTER (WHERE f.lost_at >= :since AND f.lost_at < :until AND f.lost_at <= :as_of) AS lost,
  count(*) FILTER (WHERE f.lost_at >= :since AND f.lost_at < :until AND f.lost_at <= :as_of
    AND f.orders = 1) AS one_time,
  count(*) FILTER (WHERE f.first_at < :until
    AND (f.lost_at >= :until OR f.lost_at > :as_of)) AS active_after
FROM facts f WHERE $wanted GROUP BY grp ORDER BY grp
