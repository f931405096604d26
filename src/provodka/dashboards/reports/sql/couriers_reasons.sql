SELECT e.id AS key_courier, coalesce(e.name, '') AS courier, coalesce(f.reason, '') AS reason,
  count(*) AS stops
FROM f LEFT JOIN crm.employee e ON e.id = f.courier
WHERE f.outcome = 'failed' AND $wanted GROUP BY e.id, coalesce(f.reason, '')
ORDER BY coalesce(e.name, ''), coalesce(f.reason, ''), e.id
