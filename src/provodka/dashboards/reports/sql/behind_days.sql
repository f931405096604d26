, behind AS (
  SELECT f.id AS document, f.happened AS at, f.amount FROM f
  WHERE $wanted AND coalesce(f.operator::text, '') = :key_operator
    AND ((f.happened AT TIME ZONE :zone)::date)::text = :key_day
    AND f.what = CASE :wanted WHEN 'calls' THEN 'call' ELSE :wanted END
)
