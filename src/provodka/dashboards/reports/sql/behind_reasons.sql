, behind AS (
  SELECT n.nth, f.id AS document, f.planned_from AS at, CAST(NULL AS numeric) AS amount
  FROM f JOIN number n ON n.key_courier = coalesce(f.courier::text, '')
    AND n.key_reason = coalesce(f.reason, '')
  WHERE f.outcome = 'failed' AND $wanted
)
