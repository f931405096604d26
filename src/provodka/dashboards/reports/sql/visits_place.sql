-- The last change of a deal.
SELECT d.xid::text AS xid, d.id FROM hub.delta d WHERE $read ORDER BY d.xid DESC, d.id DESC LIMIT 1
