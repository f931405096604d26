SELECT grp AS "group", count(*) AS due,
  count(*) FILTER (WHERE state = 'on_time') AS on_time,
  count(*) FILTER (WHERE state = 'late') AS late,
  count(*) FILTER (WHERE state = 'overdue') AS overdue,
  count(*) FILTER (WHERE state = 'ahead') AS ahead,
  count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
  count(*) FILTER (WHERE state = 'deleted') AS deleted,
  count(*) FILTER (WHERE state IN ('on_time', 'late') AND status = 'failed') AS failed,
  count(*) FILTER (WHERE current_due IS DISTINCT FROM original_due) AS moved,
  count(*) FILTER (WHERE current_due > counted_due) AS moved_late,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY delay) AS delay_median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY delay) AS delay_p90
FROM told GROUP BY grp
