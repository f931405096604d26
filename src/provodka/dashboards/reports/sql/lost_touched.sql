CREATE TEMP TABLE touched ON COMMIT DROP AS
SELECT DISTINCT coalesce(c.merged_into_id, c.id) AS client FROM (
  SELECT o.client_id AS id FROM fresh f JOIN crm.order o ON o.id = f.document
  UNION SELECT (f.before ->> 'client_id')::uuid FROM fresh f WHERE f.part = '' AND f.op <> 'insert'
) t JOIN crm.client c ON c.id = t.id
