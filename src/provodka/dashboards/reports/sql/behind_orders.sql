, behind AS (
  SELECT f.id AS document, f.happened AS at, f.amount FROM f
  WHERE $wanted AND $group = :key_group AND CASE :wanted
    WHEN 'handled' THEN f.handled IS NOT NULL
    WHEN 'amount' THEN f.what = 'received'
    WHEN 'calls' THEN f.what = 'call'
    ELSE f.what = :wanted END
)
