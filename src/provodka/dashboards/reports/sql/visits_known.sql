-- Where the managers worked and what kind the clients were, from one place of the journal on.
CREATE TEMP TABLE known ON COMMIT DROP AS
WITH history AS (
  SELECT d.kind, d.document, d.xid, d.id, CASE d.kind WHEN 'client' THEN d.after ->> 'kind'
      ELSE d.after ->> 'department_id' END AS value
  FROM hub.delta d
  WHERE d.kind IN ('client', 'employee') AND d.part = '' AND d.after IS NOT NULL $named
    AND (d.op = 'insert' OR CASE d.kind
      WHEN 'client' THEN d.after ->> 'kind' IS DISTINCT FROM d.before ->> 'kind'
      ELSE d.after ->> 'department_id' IS DISTINCT FROM d.before ->> 'department_id' END)
)
SELECT kind, document, CASE WHEN kind = 'employee' THEN value::uuid END AS department,
  CASE WHEN kind = 'client' THEN value END AS client_kind, xid, id, row_number() OVER own AS nth,
  lead(xid) OVER own AS next_xid, lead(id) OVER own AS next_id
FROM history WINDOW own AS (PARTITION BY kind, document ORDER BY xid, id)
