, behind AS (
  SELECT n.nth, f.id AS document, f.happened AS at, f.amount
  FROM f JOIN number n ON n.key_operator = coalesce(f.operator::text, '')
    AND n.key_day = ((f.happened AT TIME ZONE :zone)::date)::text
    AND f.what = CASE n.wanted WHEN 'calls' THEN 'call' ELSE n.wanted END
  WHERE $wanted
)
