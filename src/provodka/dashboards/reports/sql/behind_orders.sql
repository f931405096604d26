, behind AS (
  SELECT n.nth, f.id AS document, f.happened AS at, f.amount
  FROM f JOIN number n ON n.key_group = $group
  WHERE $wanted AND CASE n.wanted
    WHEN 'handled' THEN f.handled IS NOT NULL
    WHEN 'amount' THEN f.what = 'received'
    WHEN 'calls' THEN f.what = 'call'
    ELSE f.what = n.wanted END
)
