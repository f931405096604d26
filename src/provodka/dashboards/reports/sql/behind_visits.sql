, behind AS (
  SELECT n.nth, v.subject AS document, v.entered_at AS at, v.amount
  FROM live v JOIN number n
    ON n.key_scenario = v.scenario AND n.key_group = v.grp AND n.key_stage = v.stage
  WHERE v.stage_kind = 'open' AND v.wanted AND v.entered_at >= :since AND v.entered_at < :until
    AND (n.wanted = 'n' OR v.left_then IS NULL OR v.exit_then IN ('deleted', 'merged'))
)
