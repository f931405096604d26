, behind AS (
  SELECT f.document, f.happened AS at, CAST(NULL AS numeric) AS amount FROM facts f
  WHERE f.direction = 'incoming' AND coalesce(f.operator::text, '') = :key_operator
    AND CAST(extract(hour FROM f.happened AT TIME ZONE :zone) AS int)::text = :key_hour
    AND (:wanted = 'calls' OR f.outcome = :wanted)
)
