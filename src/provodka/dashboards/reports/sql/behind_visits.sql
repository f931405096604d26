, behind AS (
  SELECT subject AS document, entered_at AS at, amount FROM live
  WHERE stage_kind = 'open' AND wanted AND entered_at >= :since AND entered_at < :until
    AND scenario = :key_scenario AND grp = :key_group AND stage = :key_stage
    AND (:wanted = 'n' OR left_then IS NULL OR exit_then IN ('deleted', 'merged'))
)
