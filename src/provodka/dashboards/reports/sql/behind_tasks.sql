, behind AS (
  SELECT n.nth, t.document, t.counted_due AS at, CAST(NULL AS numeric) AS amount
  FROM told t JOIN number n ON n.key_group = t.grp
  WHERE CASE n.wanted
    WHEN 'due' THEN true
    WHEN 'share' THEN t.state = 'on_time'
    WHEN 'failed' THEN t.state IN ('on_time', 'late') AND t.status = 'failed'
    WHEN 'moved' THEN t.current_due IS DISTINCT FROM t.original_due
    WHEN 'moved_late' THEN t.current_due > t.counted_due
    ELSE t.state = n.wanted END
)
