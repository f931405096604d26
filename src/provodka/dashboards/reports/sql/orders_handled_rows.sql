SELECT $group AS grp, count(*) FILTER (WHERE f.what = 'received') AS received,
  count(*) FILTER (WHERE f.what = 'confirmed') AS confirmed,
  count(*) FILTER (WHERE f.what = 'delivered') AS delivered,
  count(*) FILTER (WHERE f.what = 'cancelled') AS cancelled,
  coalesce(sum(f.amount) FILTER (WHERE f.what = 'received'), 0) AS amount,
  count(f.handled) AS handled,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY f.handled) AS median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY f.handled) AS p90,
  count(*) FILTER (WHERE f.what = 'call') AS calls
FROM f WHERE $wanted GROUP BY grp ORDER BY grp
