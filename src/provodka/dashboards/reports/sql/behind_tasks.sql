, behind AS (
  SELECT document, counted_due AS at, CAST(NULL AS numeric) AS amount FROM told
  WHERE grp = :key_group AND CASE :wanted
    WHEN 'due' THEN true
    WHEN 'share' THEN state = 'on_time'
    WHEN 'failed' THEN state IN ('on_time', 'late') AND status = 'failed'
    WHEN 'moved' THEN current_due IS DISTINCT FROM original_due
    WHEN 'moved_late' THEN current_due > counted_due
    ELSE state = :wanted END
)
