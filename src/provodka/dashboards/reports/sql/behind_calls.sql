, behind AS (
  SELECT f.document, f.happened AS at, CAST(NULL AS numeric) AS amount FROM facts f
  WHERE f.direction = :key_direction AND $group = :key_group AND $wanted AND CASE :wanted
    WHEN 'calls' THEN true
    WHEN 'share' THEN f.outcome = 'answered'
    WHEN 'back' THEN f.back_at IS NOT NULL
    WHEN 'other' THEN f.outcome IN ('busy', 'failed')
    ELSE f.outcome = :wanted END
)
