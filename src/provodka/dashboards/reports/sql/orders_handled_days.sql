SELECT e.id AS key_operator, (f.happened AT TIME ZONE :zone)::date AS day,
  coalesce(e.name, '') AS operator,
  count(*) FILTER (WHERE f.what = 'received') AS received,
  count(*) FILTER (WHERE f.what = 'confirmed') AS confirmed,
  count(*) FILTER (WHERE f.what = 'delivered') AS delivered,
  count(*) FILTER (WHERE f.what = 'cancelled') AS cancelled,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY f.handled) AS median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY f.handled) AS p90,
  count(*) FILTER (WHERE f.what = 'call') AS calls
FROM f LEFT JOIN crm.employee e ON e.id = f.operator
WHERE $wanted GROUP BY 2, e.id ORDER BY 2, coalesce(e.name, ''), e.id
