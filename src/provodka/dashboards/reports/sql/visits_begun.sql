INSERT INTO report.stage_visit (deal, visit, scenario, scenario_version, stage, rank, stage_kind,
  entered_at, left_at, exit, responsible, department, client, client_kind, source, amount, currency,
  origin, deal_created_at, survivor)
SELECT f.deal, f.visit, f.scenario, f.scenario_version, f.stage, f.rank, f.kind, f.moment, f.left_at,
  f.exit, f.responsible, m.value::uuid, f.client, k.value, f.source, f.amount, f.currency, f.origin,
  f.created_at, f.survived
FROM followed f
LEFT JOIN known m ON m.kind = 'employee' AND m.document = f.responsible
  AND (m.nth = 1 OR (m.xid, m.id) < (f.xid, f.id))
  AND (m.next_xid IS NULL OR (m.next_xid, m.next_id) >= (f.xid, f.id))
LEFT JOIN known k ON k.kind = 'client' AND k.document = f.client
  AND (k.nth = 1 OR (k.xid, k.id) < (f.xid, f.id))
  AND (k.next_xid IS NULL OR (k.next_xid, k.next_id) >= (f.xid, f.id))
WHERE f.here AND f.base IS NULL
