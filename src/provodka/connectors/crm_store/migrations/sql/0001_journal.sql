CREATE FUNCTION hub.origin() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('hub.origin', true), ''), 'sql:' || session_user)
$$;
CREATE FUNCTION hub.cause() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('hub.cause', true), '')::bigint
$$;
CREATE FUNCTION hub.depth() RETURNS int LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('hub.depth', true), ''), '0')::int
$$;

-- Arguments: kind, part ('' for the document itself), the column that names the document.
CREATE FUNCTION hub.journal() RETURNS trigger LANGUAGE plpgsql AS $$
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
            WHERE to_jsonb(o) IS DISTINCT FROM to_jsonb(n)$q$
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
            WHERE to_jsonb(o) IS DISTINCT FROM to_jsonb(n)
            GROUP BY 1$q$
    END, TG_ARGV[2]);
  END IF;
  EXECUTE format(
    'INSERT INTO hub.delta (document, op, before, after, kind, part, origin, cause, depth)
     SELECT r.*, %L, %L, %L, %L::bigint, %s FROM (%s) r',
    TG_ARGV[0], TG_ARGV[1], hub.origin(), hub.cause(), hub.depth(), rows_of);
  PERFORM pg_notify('hub_delta', '');
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION hub.journal() IS 'Записывает каждое действительное изменение в hub.delta';

CREATE FUNCTION hub.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE %.% не попал бы в журнал; удаляйте через DELETE',
    TG_TABLE_SCHEMA, TG_TABLE_NAME;
END
$$;

CREATE PROCEDURE hub.keep_always(target regclass) LANGUAGE plpgsql AS $$
DECLARE
  trigger_name name;
BEGIN
  FOR trigger_name IN SELECT tgname FROM pg_trigger WHERE tgrelid = target AND NOT tgisinternal
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', target, trigger_name);
  END LOOP;
END
$$;
COMMENT ON PROCEDURE hub.keep_always IS
  'Свои триггеры таблицы работают и при массовой загрузке, которая проверяет ссылки сама';

CREATE PROCEDURE hub.keep_journal(target regclass, kind text, part text, owner_column text)
LANGUAGE plpgsql AS $$
DECLARE
  arguments text := format('%L, %L, %L', kind, part, owner_column);
BEGIN
  EXECUTE format('CREATE TRIGGER journal_insert AFTER INSERT ON %s
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION hub.journal(%s)',
    target, arguments);
  EXECUTE format('CREATE TRIGGER journal_update AFTER UPDATE ON %s
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION hub.journal(%s)', target, arguments);
  EXECUTE format('CREATE TRIGGER journal_delete AFTER DELETE ON %s
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION hub.journal(%s)',
    target, arguments);
  EXECUTE format('CREATE TRIGGER journal_truncate BEFORE TRUNCATE ON %s
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_truncate()', target);
  CALL hub.keep_always(target);
END
$$;
COMMENT ON PROCEDURE hub.keep_journal IS 'Подключает таблицу к журналу изменений';
