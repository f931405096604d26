, behind AS (
  SELECT f.id AS document, f.planned_from AS at, CAST(NULL AS numeric) AS amount FROM f
  WHERE f.outcome = 'failed' AND $wanted AND coalesce(f.courier::text, '') = :key_courier
    AND coalesce(f.reason, '') = :key_reason
)
