, behind AS (
  SELECT n.nth, f.document, f.happened AS at, CAST(NULL AS numeric) AS amount
  FROM facts f JOIN number n ON n.key_operator = coalesce(f.operator::text, '')
    AND n.key_hour = CAST(extract(hour FROM f.happened AT TIME ZONE :zone) AS int)::text
  WHERE f.direction = 'incoming' AND $wanted AND (n.wanted = 'calls' OR f.outcome = n.wanted)
)
