, behind AS (
  SELECT n.nth, f.id AS document, f.planned_from AS at, CAST(NULL AS numeric) AS amount
  FROM f JOIN number n ON n.key_group = $group
  WHERE $wanted AND CASE n.wanted
    WHEN 'stops' THEN true
    WHEN 'first_rate' THEN f.attempt = 1 AND f.outcome IN ('on_time', 'late')
    WHEN 'perfect_rate' THEN f.outcome = 'on_time' AND f.in_full
    WHEN 'waiting' THEN f.outcome = 'planned'
    ELSE f.outcome = n.wanted END
)
