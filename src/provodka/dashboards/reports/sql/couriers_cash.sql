, f AS (SELECT d.*, d.kind AS client_kind_then FROM done d)
SELECT f.id AS document, coalesce(e.name, '') AS courier, f.number, c.name AS client, f.arrived_at,
  f.cash_due, f.cash_taken, f.cash_taken - f.cash_due AS difference, f.note
FROM f JOIN crm.client c ON c.id = f.client LEFT JOIN crm.employee e ON e.id = f.courier
WHERE f.cash_due <> f.cash_taken AND $wanted ORDER BY coalesce(e.name, ''), f.arrived_at, f.number
