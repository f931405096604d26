SELECT coalesce(e.name, '') AS courier, coalesce(f.reason, '') AS reason, count(*) AS stops
FROM f LEFT JOIN crm.employee e ON e.id = f.courier
WHERE f.outcome = 'failed' AND $wanted GROUP BY e.id, 1, 2 ORDER BY 1, 2, e.id
