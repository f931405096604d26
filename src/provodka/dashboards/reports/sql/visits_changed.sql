-- How much the journal says of deals, and its last change of them.
WITH one AS (
  SELECT count(*) AS deltas, max(d.xid) AS xid FROM hub.delta d WHERE $new GROUP BY d.document
),
all_of AS (
  SELECT coalesce(sum(deltas), 0)::bigint AS deltas, count(*) AS deals, max(xid) AS xid FROM one
)
SELECT a.deltas, a.deals, a.xid::text AS xid,
  (SELECT max(d.id) FROM hub.delta d WHERE d.xid = a.xid AND $new) AS id
FROM all_of a
