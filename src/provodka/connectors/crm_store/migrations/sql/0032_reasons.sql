CREATE OR REPLACE FUNCTION hub.journal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rows_of text;
BEGIN
  IF TG_ARGV[1] = '' THEN
    rows_of := CASE TG_OP
      WHEN 'INSERT' THEN
        $q$SELECT n.id, 'insert', NULL::json, row_to_json(n) FROM new_rows n$q$
      WHEN 'DELETE' THEN
        $q$SELECT o.id, 'delete', row_to_json(o), NULL::json FROM old_rows o$q$
      ELSE
        $q$SELECT coalesce(n.id, o.id),
                  CASE WHEN o.id IS NULL THEN 'insert' WHEN n.id IS NULL THEN 'delete'
                       ELSE 'update' END,
                  row_to_json(o), row_to_json(n)
             FROM old_rows o FULL JOIN new_rows n ON n.id = o.id
            WHERE o IS DISTINCT FROM n$q$
    END;
  ELSE
    rows_of := format(CASE TG_OP
      WHEN 'INSERT' THEN
        $q$SELECT n.%1$I, 'insert', NULL::json, json_agg(n ORDER BY n.line)
             FROM new_rows n GROUP BY n.%1$I$q$
      WHEN 'DELETE' THEN
        $q$SELECT o.%1$I, 'delete', json_agg(o ORDER BY o.line), NULL::json
             FROM old_rows o GROUP BY o.%1$I$q$
      ELSE
        $q$SELECT coalesce(n.%1$I, o.%1$I), 'update',
                  json_agg(o ORDER BY o.line) FILTER (WHERE o.line IS NOT NULL),
                  json_agg(n ORDER BY n.line) FILTER (WHERE n.line IS NOT NULL)
             FROM old_rows o FULL JOIN new_rows n ON n.%1$I = o.%1$I AND n.line = o.line
            WHERE o IS DISTINCT FROM n
            GROUP BY 1$q$
    END, TG_ARGV[2]);
  END IF;
  IF coalesce(current_setting('hub.reasons', true), '') <> '' THEN
    -- A row that nobody has named a reason for has no origin, and is refused.
    EXECUTE format(
      'INSERT INTO hub.delta (document, op, before, after, kind, part, origin, cause, depth)
       SELECT r.document, r.op, r.before, r.after, %L, %L, w.origin, w.cause, w.depth
         FROM (%s) r (document, op, before, after)
         LEFT JOIN json_to_recordset(current_setting(''hub.reasons'')::json)
           AS w (document uuid, origin text, cause bigint, depth int)
           ON w.document = r.document',
      TG_ARGV[0], TG_ARGV[1], rows_of);
  ELSE
    EXECUTE format(
      'INSERT INTO hub.delta (document, op, before, after, kind, part, origin, cause, depth)
       SELECT r.*, %L, %L, %L, %L::bigint, %s FROM (%s) r',
      TG_ARGV[0], TG_ARGV[1], hub.origin(), hub.cause(), hub.depth(), rows_of);
  END IF;
  PERFORM pg_notify('hub_delta', '');
  RETURN NULL;
END
$$;
