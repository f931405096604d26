, behind AS (
  SELECT n.nth, f.document, f.happened AS at, CAST(NULL AS numeric) AS amount
  FROM facts f JOIN number n ON n.key_direction = f.direction AND n.key_group = $group
  WHERE $wanted AND CASE n.wanted
    WHEN 'calls' THEN true
    WHEN 'share' THEN f.outcome = 'answered'
    WHEN 'back' THEN f.back_at IS NOT NULL
    WHEN 'other' THEN f.outcome IN ('busy', 'failed')
    ELSE f.outcome = n.wanted END
)
