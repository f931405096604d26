-- The changes of deals that are new, in the deal's own words; no scenario where it is on no stage.
SELECT d.document AS deal, d.id, d.xid, d.origin, o.scenario_version, o.rank,
  CASE WHEN r.here THEN r.scenario END AS scenario, CASE WHEN r.here THEN r.stage END AS stage,
  coalesce(nullif(r.status, ''), 'open') AS kind,
  r.responsible_id AS responsible, r.client_id AS client, r.source, coalesce(r.amount, 0) AS amount,
  coalesce(nullif(r.currency, ''), 'RUB') AS currency, coalesce(r.created_at, d.at) AS created_at,
  CASE WHEN r.here THEN d.at ELSE least(r.deleted_at, d.at) END AS at,
  nullif(r.stage_entered_at, '')::timestamptz AS said, $known AS known,
  -- How the visit before ends, if this change ends it, and whom it is merged with.
  CASE WHEN r.here THEN nullif(coalesce(nullif(r.status, ''), 'open'), 'open')
    WHEN r.deleted_at IS NOT NULL
      THEN CASE WHEN r.merged_into_id IS NULL THEN 'deleted' ELSE 'merged' || r.merged_into_id END
    WHEN d.op = 'delete' THEN 'deleted' ELSE 'transferred' END AS ends,
  CAST(NULL AS integer) AS base
FROM hub.delta d
LEFT JOIN LATERAL (
  SELECT t.*, coalesce(t.deleted_at IS NULL AND t.kind IS DISTINCT FROM 'unstaged'
    AND t.scenario <> '' AND t.stage <> '', false) AS here
  FROM json_to_record(d.after) AS t (scenario text, stage text, status text, kind text,
    stage_entered_at text, deleted_at timestamptz, merged_into_id uuid, responsible_id uuid,
    client_id uuid, source text, amount numeric, currency text, created_at timestamptz)
) r ON true
LEFT JOIN jsonb_to_recordset(CAST(:orders AS jsonb)) AS o (scenario text, stage text,
    scenario_version text, rank integer, since_xid xid8, since_id bigint, first boolean,
    next_xid xid8, next_id bigint)
  ON o.scenario = r.scenario AND o.stage = r.stage
  AND (o.first OR (o.since_xid, o.since_id) < (d.xid, d.id))
  AND (o.next_xid IS NULL OR (o.next_xid, o.next_id) >= (d.xid, d.id))
WHERE $read
-- So that each change is made short before they are sorted, not after.
OFFSET bigint '0'
