CREATE TABLE hub.duplicate_key ( key TEXT NOT NULL, client_id UUID NOT NULL, CONSTRAINT pk_duplicate_key PRIMARY KEY (client_id, key) );
CREATE INDEX ix_duplicate_key_key ON hub.duplicate_key (key);
COMMENT ON TABLE hub.duplicate_key IS 'По каким признакам клиента сравнивают с другими';
COMMENT ON COLUMN hub.duplicate_key.key IS 'Признак: inn:…, phone:…, email:…, name:…';
COMMENT ON COLUMN hub.duplicate_key.client_id IS 'Клиент';
CREATE TABLE hub.duplicate ( first UUID NOT NULL, second UUID NOT NULL, score INTEGER NOT NULL, reasons JSONB NOT NULL, seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, CONSTRAINT pk_duplicate PRIMARY KEY (first, second) );
CREATE INDEX ix_duplicate_score ON hub.duplicate (score);
CREATE INDEX ix_duplicate_second ON hub.duplicate (second);
COMMENT ON TABLE hub.duplicate IS 'Пары клиентов, похожих на одного, с баллами и причинами';
COMMENT ON COLUMN hub.duplicate.first IS 'Клиент с меньшим ключом';
COMMENT ON COLUMN hub.duplicate.second IS 'Клиент с большим ключом';
COMMENT ON COLUMN hub.duplicate.score IS 'Баллы, до 100';
COMMENT ON COLUMN hub.duplicate.reasons IS 'Причины: код, баллы, что совпало';
COMMENT ON COLUMN hub.duplicate.seen_at IS 'Когда посчитана';
CREATE TABLE hub.client_merge ( id BIGINT GENERATED ALWAYS AS IDENTITY, kept UUID NOT NULL, dropped UUID NOT NULL, who TEXT NOT NULL, at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, xid xid8 DEFAULT pg_current_xact_id() NOT NULL, bindings JSONB NOT NULL, versions JSONB NOT NULL, undone_by TEXT, undone_at TIMESTAMP WITH TIME ZONE, undone_xid xid8, CONSTRAINT pk_client_merge PRIMARY KEY (id) );
CREATE INDEX ix_client_merge_kept ON hub.client_merge (kept);
CREATE UNIQUE INDEX ix_client_merge_standing ON hub.client_merge (dropped) WHERE undone_at IS NULL;
COMMENT ON TABLE hub.client_merge IS 'Объединения клиентов по слову человека';
COMMENT ON COLUMN hub.client_merge.id IS 'Номер';
COMMENT ON COLUMN hub.client_merge.kept IS 'Клиент, который остался';
COMMENT ON COLUMN hub.client_merge.dropped IS 'Клиент, который стал надгробием';
COMMENT ON COLUMN hub.client_merge.who IS 'Кто объединил: person:имя';
COMMENT ON COLUMN hub.client_merge.at IS 'Когда';
COMMENT ON COLUMN hub.client_merge.xid IS 'Транзакция, в которой все перенесено';
COMMENT ON COLUMN hub.client_merge.bindings IS 'Перешедшие соответствия: система и ключ';
COMMENT ON COLUMN hub.client_merge.versions IS 'Версии второго клиента в других системах на тот момент';
COMMENT ON COLUMN hub.client_merge.undone_by IS 'Кто отменил: person:имя';
COMMENT ON COLUMN hub.client_merge.undone_at IS 'Когда отменено';
COMMENT ON COLUMN hub.client_merge.undone_xid IS 'Транзакция отмены';
CREATE TABLE hub.client_merge_step ( merge_id BIGINT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, document UUID NOT NULL, part TEXT NOT NULL, op TEXT DEFAULT 'insert' NOT NULL CONSTRAINT ck_client_merge_step_op_known CHECK (op IN ('insert', 'update', 'delete')), before JSON, after JSON, CONSTRAINT pk_client_merge_step PRIMARY KEY (merge_id, number), CONSTRAINT fk_client_merge_step_merge_id FOREIGN KEY(merge_id) REFERENCES hub.client_merge (id) ON DELETE CASCADE );
COMMENT ON TABLE hub.client_merge_step IS 'Что изменило объединение, по порядку: этим оно и отменяется';
COMMENT ON COLUMN hub.client_merge_step.merge_id IS 'Объединение';
COMMENT ON COLUMN hub.client_merge_step.number IS 'Порядок, с 1';
COMMENT ON COLUMN hub.client_merge_step.kind IS 'Вид документа';
COMMENT ON COLUMN hub.client_merge_step.document IS 'Документ';
COMMENT ON COLUMN hub.client_merge_step.part IS 'Пусто у самого документа, имя табличной части у ее строк';
COMMENT ON COLUMN hub.client_merge_step.op IS 'Что сделано: insert | update | delete';
COMMENT ON COLUMN hub.client_merge_step.before IS 'Как было; у табличной части массив измененных строк';
COMMENT ON COLUMN hub.client_merge_step.after IS 'Как стало';
CREATE TABLE hub.client_arrival ( merge_id BIGINT NOT NULL, system TEXT NOT NULL, kind TEXT NOT NULL, external_key TEXT NOT NULL, at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, CONSTRAINT pk_client_arrival PRIMARY KEY (merge_id, system, kind, external_key), CONSTRAINT fk_client_arrival_merge_id FOREIGN KEY(merge_id) REFERENCES hub.client_merge (id) ON DELETE CASCADE );
COMMENT ON TABLE hub.client_arrival IS 'Документы, которые другая система записала на второго клиента после объединения';
COMMENT ON COLUMN hub.client_arrival.merge_id IS 'Объединение';
COMMENT ON COLUMN hub.client_arrival.system IS 'Система';
COMMENT ON COLUMN hub.client_arrival.kind IS 'Вид документа';
COMMENT ON COLUMN hub.client_arrival.external_key IS 'Ключ документа в той системе';
COMMENT ON COLUMN hub.client_arrival.at IS 'Когда замечен';
ALTER TABLE crm.client ADD COLUMN merged_into_id UUID CONSTRAINT fk_client_merged_into_id REFERENCES crm.client (id);
COMMENT ON COLUMN crm.client.merged_into_id IS 'Клиент, с которым объединен';
CREATE INDEX ix_client_merged ON crm.client (id) WHERE merged_into_id IS NOT NULL;

CREATE OR REPLACE FUNCTION crm.keep_delivery_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO crm.delivery_point AS kept (client_id, address, of_client)
  SELECT id, delivery_address, true FROM new_rows
  WHERE kind = 'individual' AND delivery_address <> '' AND merged_into_id IS NULL
  ON CONFLICT (client_id) WHERE of_client DO UPDATE SET address = excluded.address
  WHERE kept.address IS DISTINCT FROM excluded.address;
  RETURN NULL;
END
$$;
