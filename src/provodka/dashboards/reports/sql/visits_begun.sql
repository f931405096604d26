SELECT f.deal, f.visit::integer AS visit, f.scenario, f.scenario_version, f.stage, f.rank,
  f.kind AS stage_kind, f.moment AS entered_at, f.left_at, f.exit, f.responsible,
  m.department, f.client, k.client_kind, f.source, f.amount, f.currency,
  f.origin, f.created_at AS deal_created_at, f.survived AS survivor
FROM followed f
LEFT JOIN known m ON m.kind = 'employee' AND m.document = f.responsible
  AND (m.nth = 1 OR (m.xid, m.id) < (f.xid, f.id))
  AND (m.next_xid IS NULL OR (m.next_xid, m.next_id) >= (f.xid, f.id))
LEFT JOIN known k ON k.kind = 'client' AND k.document = f.client
  AND (k.nth = 1 OR (k.xid, k.id) < (f.xid, f.id))
  AND (k.next_xid IS NULL OR (k.next_xid, k.next_id) >= (f.xid, f.id))
WHERE f.base IS NULL
