-- The order of stages as it was at each place of the journal: a few rows, as one value, because a
-- window is computed by one process alone and would keep the journal from being read by several.
SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]')::text FROM (
  SELECT scenario, stage, scenario_version, rank, since_xid::text AS since_xid, since_id,
    row_number() OVER own = 1 AS first, lead(since_xid) OVER own::text AS next_xid,
    lead(since_id) OVER own AS next_id
  FROM report.stage_order
  WINDOW own AS (PARTITION BY scenario, stage ORDER BY since_xid, since_id, seen_at)
) o
