SELECT client_kind, x.field, count(*) AS clients, count(*) FILTER (WHERE x.present) AS present
FROM told t CROSS JOIN LATERAL (VALUES
  ('name', t.name IS NOT NULL, true),
  ('inn', t.inn IS NOT NULL, t.client_kind = 'legal_entity'),
  ('phone', t.phone IS NOT NULL, true),
  ('email', t.email IS NOT NULL, t.client_kind = 'legal_entity'),
  ('address', t.address IS NOT NULL, t.client_kind = 'individual'),
  ('manager', t.manager IS NOT NULL, true)) AS x (field, present, needed)
WHERE x.needed GROUP BY client_kind, x.field ORDER BY client_kind DESC, x.field
