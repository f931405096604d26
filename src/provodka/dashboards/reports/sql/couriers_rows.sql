SELECT $group AS grp, count(*) AS stops, count(*) FILTER (WHERE f.outcome = 'on_time') AS on_time,
  count(*) FILTER (WHERE f.outcome = 'late') AS late,
  count(*) FILTER (WHERE f.outcome = 'failed') AS failed,
  count(*) FILTER (WHERE f.outcome = 'rescheduled') AS rescheduled,
  count(*) FILTER (WHERE f.outcome = 'reassigned') AS reassigned,
  count(*) FILTER (WHERE f.outcome = 'cancelled') AS cancelled,
  count(*) FILTER (WHERE f.outcome = 'planned') AS waiting,
  count(*) FILTER (WHERE f.attempt = 1) AS first_attempts,
  count(*) FILTER (WHERE f.attempt = 1 AND f.outcome IN ('on_time', 'late')) AS first_done,
  count(*) FILTER (WHERE f.outcome = 'on_time' AND f.in_full) AS perfect,
  count(DISTINCT f.id) FILTER (WHERE f.outcome IN ('on_time', 'late')) AS done
FROM f WHERE $wanted GROUP BY grp ORDER BY grp
