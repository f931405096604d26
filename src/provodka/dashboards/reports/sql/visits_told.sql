-- The changes of deals that are new, in the deal's own words, with the order of stages as it was.
CREATE TEMP TABLE told ON COMMIT DROP AS
WITH orders AS (
  SELECT scenario, stage, scenario_version, rank, since_xid::text::xid8 AS since_xid, since_id,
    row_number() OVER own AS nth, lead(since_xid) OVER own::text::xid8 AS next_xid,
    lead(since_id) OVER own AS next_id
  FROM report.stage_order
  WINDOW own AS (PARTITION BY scenario, stage ORDER BY since_xid, since_id, seen_at)
)
SELECT d.document AS deal, d.id, d.xid, d.at, d.origin, d.op,
  r.scenario, r.stage, o.scenario_version, o.rank, coalesce(nullif(r.status, ''), 'open') AS kind,
  r.responsible_id AS responsible, r.client_id AS client, r.source, coalesce(r.amount, 0) AS amount,
  coalesce(nullif(r.currency, ''), 'RUB') AS currency, coalesce(r.created_at, d.at) AS created_at,
  coalesce(d.after IS NOT NULL AND r.deleted_at IS NULL AND r.kind IS DISTINCT FROM 'unstaged'
    AND r.scenario <> '' AND r.stage <> '', false) AS here,
  r.stage_entered_at AS said, $known AS known, r.deleted_at, r.merged_into_id AS survivor,
  CAST(NULL AS integer) AS base, CAST(NULL AS timestamptz) AS until
FROM hub.delta d
LEFT JOIN LATERAL json_to_record(d.after) AS r (scenario text, stage text, status text, kind text,
  stage_entered_at text, deleted_at timestamptz, merged_into_id uuid, responsible_id uuid,
  client_id uuid, source text, amount numeric, currency text, created_at timestamptz) ON true
LEFT JOIN orders o ON o.scenario = r.scenario AND o.stage = r.stage
  AND (o.nth = 1 OR (o.since_xid, o.since_id) < (d.xid, d.id))
  AND (o.next_xid IS NULL OR (o.next_xid, o.next_id) >= (d.xid, d.id))
WHERE d.kind = 'deal' AND d.part = '' AND d.xid < CAST(:ceiling AS text)::xid8
  AND (d.xid, d.id) > (CAST(:xid AS text)::xid8, :id) AND d.at >= $floor
