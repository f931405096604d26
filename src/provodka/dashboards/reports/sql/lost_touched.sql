CREATE TEMP TABLE touched ON COMMIT DROP AS
WITH changed AS MATERIALIZED (
  SELECT DISTINCT coalesce(c.merged_into_id, c.id) AS id FROM (
    SELECT o.client_id AS id FROM fresh f JOIN crm.order o ON o.id = f.document
    UNION SELECT (f.before ->> 'client_id')::uuid FROM fresh f
    WHERE f.part = '' AND f.op <> 'insert'
  ) t JOIN crm.client c ON c.id = t.id
)
SELECT id FROM changed
UNION SELECT c.id FROM crm.client c JOIN changed t ON t.id = c.merged_into_id
