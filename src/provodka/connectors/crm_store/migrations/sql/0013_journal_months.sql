CREATE SCHEMA journal;
COMMENT ON SCHEMA journal IS 'Месяцы журнала изменений: части таблицы hub.delta';

CREATE TABLE hub.delta_month ( month DATE NOT NULL, until_xid xid8, changes BIGINT, kept BIGINT, file TEXT, archived_at TIMESTAMP WITH TIME ZONE, dropped_at TIMESTAMP WITH TIME ZONE, CONSTRAINT pk_delta_month PRIMARY KEY (month) );
COMMENT ON TABLE hub.delta_month IS 'Месяцы журнала: какие идут, какие кончились и какие убраны по сроку хранения';
COMMENT ON COLUMN hub.delta_month.month IS 'Первый день месяца, по UTC';
COMMENT ON COLUMN hub.delta_month.until_xid IS 'Транзакции всех изменений месяца меньше этой; пусто, пока он не кончился';
COMMENT ON COLUMN hub.delta_month.changes IS 'Сколько изменений было в убранном месяце';
COMMENT ON COLUMN hub.delta_month.kept IS 'Сколько из них осталось в журнале: по ним еще решают';
COMMENT ON COLUMN hub.delta_month.file IS 'Файл архива, если он есть';
COMMENT ON COLUMN hub.delta_month.archived_at IS 'Когда сдан в архив';
COMMENT ON COLUMN hub.delta_month.dropped_at IS 'Когда убран из базы';

LOCK TABLE hub.delta IN ACCESS EXCLUSIVE MODE;
ALTER TABLE hub.delta RENAME TO delta_whole;
ALTER TABLE hub.delta_whole DROP CONSTRAINT pk_delta;
DROP INDEX hub.ix_delta_cause, hub.ix_delta_document, hub.ix_delta_id;
ALTER SEQUENCE hub.delta_id_seq RENAME TO delta_whole_id_seq;

CREATE TABLE hub.delta ( id BIGINT GENERATED ALWAYS AS IDENTITY, xid xid8 DEFAULT pg_current_xact_id() NOT NULL, at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, kind TEXT NOT NULL, document UUID NOT NULL, part TEXT NOT NULL, op TEXT DEFAULT 'insert' NOT NULL CONSTRAINT ck_delta_op_known CHECK (op IN ('insert', 'update', 'delete')), before JSON, after JSON, origin TEXT NOT NULL, cause BIGINT, depth INTEGER DEFAULT '0' NOT NULL ) PARTITION BY RANGE (at);
COMMENT ON TABLE hub.delta IS 'Журнал: каждое действительное изменение документа, кто бы его ни сделал; по месяцам';
COMMENT ON COLUMN hub.delta.id IS 'Номер изменения';
COMMENT ON COLUMN hub.delta.xid IS 'Транзакция; читатели идут в порядке (xid, id)';
COMMENT ON COLUMN hub.delta.at IS 'Когда; месяц по UTC';
COMMENT ON COLUMN hub.delta.kind IS 'Вид документа: имя таблицы в crm';
COMMENT ON COLUMN hub.delta.document IS 'Документ';
COMMENT ON COLUMN hub.delta.part IS 'Пусто у самого документа, имя табличной части у ее строк';
COMMENT ON COLUMN hub.delta.op IS 'Что сделано: insert | update | delete';
COMMENT ON COLUMN hub.delta.before IS 'Как было; у табличной части массив измененных строк';
COMMENT ON COLUMN hub.delta.after IS 'Как стало';
COMMENT ON COLUMN hub.delta.origin IS 'Кто: onec, telephony, rule:имя, person:имя, sql:роль';
COMMENT ON COLUMN hub.delta.cause IS 'Изменение, следствием которого стало это';
COMMENT ON COLUMN hub.delta.depth IS 'Глубина цепочки следствий';

CREATE FUNCTION hub.reopen_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO hub.delta_month (month) VALUES (date_trunc('month', NEW.at AT TIME ZONE 'UTC')::date)
  ON CONFLICT (month) DO UPDATE SET until_xid = NULL WHERE delta_month.until_xid <= NEW.xid;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION hub.reopen_month() IS
  'Часы отступили назад: месяц, который уже кончился, читатели журнала просматривают снова';

CREATE TABLE journal.delta_other PARTITION OF hub.delta DEFAULT;
COMMENT ON TABLE journal.delta_other IS
  'Изменения, для месяца которых части еще нет; разносит их provodka';
CREATE TRIGGER reopen_month BEFORE INSERT ON journal.delta_other
  FOR EACH ROW EXECUTE FUNCTION hub.reopen_month();
ALTER TABLE journal.delta_other ENABLE ALWAYS TRIGGER reopen_month;

CREATE FUNCTION hub.make_month(month date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  name text := 'delta_' || to_char(month, 'YYYY_MM');
  since timestamptz := month::timestamp AT TIME ZONE 'UTC';
  until timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
  LOCK TABLE journal.delta_other IN ACCESS EXCLUSIVE MODE;
  IF to_regclass('journal.' || name) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE journal.%I (LIKE hub.delta INCLUDING DEFAULTS INCLUDING CONSTRAINTS
    INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)', name);
  EXECUTE format('WITH moved AS (DELETE FROM journal.delta_other WHERE at >= %L AND at < %L
    RETURNING *) INSERT INTO journal.%I SELECT * FROM moved', since, until, name);
  EXECUTE format('ALTER TABLE hub.delta ATTACH PARTITION journal.%I FOR VALUES FROM (%L) TO (%L)',
    name, since, until);
  EXECUTE format('COMMENT ON TABLE journal.%I IS %L', name,
    'Журнал изменений за ' || to_char(month, 'MM.YYYY'));
  INSERT INTO hub.delta_month (month) VALUES (make_month.month) ON CONFLICT DO NOTHING;
  RETURN true;
END
$$;
COMMENT ON FUNCTION hub.make_month(date) IS
  'Заводит в журнале месяц и переносит в него то, что успело прийти до этого';

CREATE FUNCTION hub.end_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  part regclass := to_regclass('journal.delta_' || to_char(month, 'YYYY_MM'));
BEGIN
  IF now() < (month + interval '1 month') AT TIME ZONE 'UTC' THEN
    RAISE EXCEPTION 'месяц % еще идет', to_char(month, 'MM.YYYY');
  END IF;
  -- From here on whoever writes into this month makes it open again, and it is noticed.
  IF part IS NOT NULL AND NOT EXISTS (SELECT FROM pg_trigger t
      WHERE t.tgrelid = part AND t.tgname = 'reopen_month') THEN
    EXECUTE format('CREATE TRIGGER reopen_month BEFORE INSERT ON %s
      FOR EACH ROW EXECUTE FUNCTION hub.reopen_month()', part);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER reopen_month', part);
  END IF;
  UPDATE hub.delta_month m SET until_xid = pg_current_xact_id()
  WHERE m.month = end_month.month AND m.until_xid IS NULL;
END
$$;
COMMENT ON FUNCTION hub.end_month(date) IS
  'Отмечает, что месяц кончился: читатели, которые его прошли, в него больше не заглядывают';

DO $$
DECLARE
  month date;
  this date := date_trunc('month', now() AT TIME ZONE 'UTC');
BEGIN
  FOR month IN
    SELECT date_trunc('month', at AT TIME ZONE 'UTC')::date FROM hub.delta_whole
    UNION SELECT this UNION SELECT this + interval '1 month' UNION SELECT this + interval '2 months'
    ORDER BY 1
  LOOP
    PERFORM hub.make_month(month);
  END LOOP;
END
$$;

INSERT INTO hub.delta (id, xid, at, kind, document, part, op, before, after, origin, cause, depth)
OVERRIDING SYSTEM VALUE
SELECT id, xid, at, kind, document, part, op, before, after, origin, cause, depth
FROM hub.delta_whole;
SELECT setval('hub.delta_id_seq', last_value, is_called) FROM hub.delta_whole_id_seq;
DROP TABLE hub.delta_whole;

ALTER TABLE hub.delta ADD CONSTRAINT pk_delta PRIMARY KEY (xid, id, at);
CREATE INDEX ix_delta_cause ON hub.delta (cause) WHERE cause IS NOT NULL;
CREATE INDEX ix_delta_document ON hub.delta (document);
CREATE INDEX ix_delta_id ON hub.delta USING brin (id);

DO $$
DECLARE
  past date;
BEGIN
  FOR past IN
    SELECT m.month FROM hub.delta_month m
    WHERE (m.month + interval '1 month') AT TIME ZONE 'UTC' <= now() ORDER BY 1
  LOOP
    PERFORM hub.end_month(past);
  END LOOP;
END
$$;

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
  EXECUTE format(
    'INSERT INTO hub.delta (document, op, before, after, kind, part, origin, cause, depth)
     SELECT r.*, %L, %L, %L, %L::bigint, %s FROM (%s) r',
    TG_ARGV[0], TG_ARGV[1], hub.origin(), hub.cause(), hub.depth(), rows_of);
  PERFORM pg_notify('hub_delta', '');
  RETURN NULL;
END
$$;
