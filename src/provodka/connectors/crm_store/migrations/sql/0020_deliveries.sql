CREATE SEQUENCE crm.order_number;
CREATE SEQUENCE crm.delivery_number;
CREATE TABLE hub.history_file ( kind TEXT NOT NULL, digest TEXT NOT NULL, name TEXT NOT NULL, done INTEGER NOT NULL, created INTEGER NOT NULL, same INTEGER NOT NULL, set_aside INTEGER NOT NULL, started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, finished_at TIMESTAMP WITH TIME ZONE, CONSTRAINT pk_history_file PRIMARY KEY (kind, digest) );
COMMENT ON TABLE hub.history_file IS 'Файлы прошлого: до какой строки каждый загружен';
COMMENT ON COLUMN hub.history_file.kind IS 'Что загружалось: clients, products, orders…';
COMMENT ON COLUMN hub.history_file.digest IS 'Отпечаток содержимого файла, SHA-256';
COMMENT ON COLUMN hub.history_file.name IS 'Имя файла';
COMMENT ON COLUMN hub.history_file.done IS 'Сколько строк данных пройдено';
COMMENT ON COLUMN hub.history_file.created IS 'Сколько строк стали документами';
COMMENT ON COLUMN hub.history_file.same IS 'Сколько строк уже было загружено раньше';
COMMENT ON COLUMN hub.history_file.set_aside IS 'Сколько строк отложено';
COMMENT ON COLUMN hub.history_file.started_at IS 'Когда начат';
COMMENT ON COLUMN hub.history_file.finished_at IS 'Когда пройден до конца; пусто, если прерван';
CREATE TABLE hub.history_name ( kind TEXT NOT NULL, key TEXT NOT NULL, document UUID NOT NULL, CONSTRAINT pk_history_name PRIMARY KEY (kind, key) );
COMMENT ON TABLE hub.history_name IS 'Под какими именами прошлое знает клиентов, номенклатуру и сотрудников';
COMMENT ON COLUMN hub.history_name.kind IS 'Что загружалось: clients, products, orders…';
COMMENT ON COLUMN hub.history_name.key IS 'Имя без лишних пробелов, строчными буквами';
COMMENT ON COLUMN hub.history_name.document IS 'Документ хаба';
CREATE TABLE hub.history_row ( kind TEXT NOT NULL, key UUID NOT NULL, document UUID NOT NULL, CONSTRAINT pk_history_row PRIMARY KEY (kind, key) );
COMMENT ON TABLE hub.history_row IS 'Какие строки прошлого уже загружены: по содержимому, из какого бы файла ни пришли';
COMMENT ON COLUMN hub.history_row.kind IS 'Что загружалось: clients, products, orders…';
COMMENT ON COLUMN hub.history_row.key IS 'Отпечаток содержимого строки и того, которая она из одинаковых';
COMMENT ON COLUMN hub.history_row.document IS 'Документ, которым она стала';
CREATE TABLE crm."order" ( id UUID DEFAULT hub.uuid7() NOT NULL, number TEXT DEFAULT to_char(nextval('crm.order_number'), '"ЗК00-"FM000000') NOT NULL, client_id UUID NOT NULL, client_kind TEXT CONSTRAINT ck_order_client_kind_known CHECK (client_kind IN ('legal_entity', 'individual')), delivery_point_id UUID, deal_id UUID, status TEXT DEFAULT 'received' NOT NULL CONSTRAINT ck_order_status_known CHECK (status IN ('received', 'confirmed', 'delivered', 'cancelled')), ordered_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, confirmed_at TIMESTAMP WITH TIME ZONE, completed_at TIMESTAMP WITH TIME ZONE, cancelled_at TIMESTAMP WITH TIME ZONE, cancel_reason TEXT, wanted_at TIMESTAMP WITH TIME ZONE, operator_id UUID, courier_id UUID, amount NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_order_amount_to_the_kopeck CHECK (amount = round(amount, 2)), deposit NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_order_deposit_to_the_kopeck CHECK (deposit = round(deposit, 2)), currency TEXT DEFAULT 'RUB' NOT NULL, created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, deleted_at TIMESTAMP WITH TIME ZONE, CONSTRAINT pk_order PRIMARY KEY (id), CONSTRAINT fk_order_client_id FOREIGN KEY(client_id) REFERENCES crm.client (id), CONSTRAINT fk_order_delivery_point_id FOREIGN KEY(delivery_point_id) REFERENCES crm.delivery_point (id), CONSTRAINT fk_order_deal_id FOREIGN KEY(deal_id) REFERENCES crm.deal (id), CONSTRAINT fk_order_operator_id FOREIGN KEY(operator_id) REFERENCES crm.employee (id), CONSTRAINT fk_order_courier_id FOREIGN KEY(courier_id) REFERENCES crm.employee (id) );
CREATE INDEX ix_order_client ON crm."order" (client_id, completed_at);
CREATE INDEX ix_order_deal ON crm."order" (deal_id);
CREATE INDEX ix_order_ordered ON crm."order" (ordered_at);
COMMENT ON TABLE crm."order" IS 'Заказы клиентов';
COMMENT ON COLUMN crm."order".id IS 'Ключ, UUID версии 7';
COMMENT ON COLUMN crm."order".number IS 'Номер';
COMMENT ON COLUMN crm."order".client_id IS 'Клиент, который платит';
COMMENT ON COLUMN crm."order".client_kind IS 'Вид клиента при заказе: legal_entity | individual';
COMMENT ON COLUMN crm."order".delivery_point_id IS 'Точка доставки';
COMMENT ON COLUMN crm."order".deal_id IS 'Сделка, по которой заказ выполняется';
COMMENT ON COLUMN crm."order".status IS 'Состояние: received | confirmed | delivered | cancelled';
COMMENT ON COLUMN crm."order".ordered_at IS 'Когда заказано';
COMMENT ON COLUMN crm."order".confirmed_at IS 'Когда назначены экспедитор и дата';
COMMENT ON COLUMN crm."order".completed_at IS 'Когда выполнен';
COMMENT ON COLUMN crm."order".cancelled_at IS 'Когда отменен';
COMMENT ON COLUMN crm."order".cancel_reason IS 'Почему отменен';
COMMENT ON COLUMN crm."order".wanted_at IS 'На какое время заказана доставка';
COMMENT ON COLUMN crm."order".operator_id IS 'Кто принял заказ';
COMMENT ON COLUMN crm."order".courier_id IS 'Экспедитор, который его выполнил';
COMMENT ON COLUMN crm."order".amount IS 'Сумма товаров и услуг с НДС, без залога за тару';
COMMENT ON COLUMN crm."order".deposit IS 'Залог за возвратную тару';
COMMENT ON COLUMN crm."order".currency IS 'Валюта, ISO 4217';
COMMENT ON COLUMN crm."order".created_at IS 'Когда запись создана';
COMMENT ON COLUMN crm."order".deleted_at IS 'Надгробие: когда запись удалена; пусто, пока жива';
CREATE TABLE crm.delivery ( id UUID DEFAULT hub.uuid7() NOT NULL, number TEXT DEFAULT to_char(nextval('crm.delivery_number'), '"ДС00-"FM000000') NOT NULL, client_id UUID NOT NULL, client_kind TEXT CONSTRAINT ck_delivery_client_kind_known CHECK (client_kind IN ('legal_entity', 'individual')), delivery_point_id UUID, order_id UUID, deal_id UUID, task_id UUID, attempt INTEGER DEFAULT '1' NOT NULL, courier_id UUID, planned_from TIMESTAMP WITH TIME ZONE, planned_to TIMESTAMP WITH TIME ZONE, status TEXT DEFAULT 'planned' NOT NULL CONSTRAINT ck_delivery_status_known CHECK (status IN ('planned', 'done', 'failed', 'cancelled')), reason TEXT CONSTRAINT ck_delivery_reason_known CHECK (reason IN ('client_absent', 'client_asked', 'courier_late', 'refused', 'other')), note TEXT, arrived_at TIMESTAMP WITH TIME ZONE, amount NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_delivery_amount_to_the_kopeck CHECK (amount = round(amount, 2)), cash_due NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_delivery_cash_due_to_the_kopeck CHECK (cash_due = round(cash_due, 2)), cash_taken NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_delivery_cash_taken_to_the_kopeck CHECK (cash_taken = round(cash_taken, 2)), plan_version INTEGER DEFAULT '1' NOT NULL, created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, deleted_at TIMESTAMP WITH TIME ZONE, CONSTRAINT pk_delivery PRIMARY KEY (id), CONSTRAINT fk_delivery_client_id FOREIGN KEY(client_id) REFERENCES crm.client (id), CONSTRAINT fk_delivery_delivery_point_id FOREIGN KEY(delivery_point_id) REFERENCES crm.delivery_point (id), CONSTRAINT fk_delivery_order_id FOREIGN KEY(order_id) REFERENCES crm."order" (id), CONSTRAINT fk_delivery_deal_id FOREIGN KEY(deal_id) REFERENCES crm.deal (id), CONSTRAINT fk_delivery_task_id FOREIGN KEY(task_id) REFERENCES crm.task (id), CONSTRAINT fk_delivery_courier_id FOREIGN KEY(courier_id) REFERENCES crm.employee (id) );
CREATE INDEX ix_delivery_client ON crm.delivery (client_id);
CREATE INDEX ix_delivery_deal ON crm.delivery (deal_id);
CREATE INDEX ix_delivery_order ON crm.delivery (order_id);
CREATE INDEX ix_delivery_planned ON crm.delivery (planned_from, courier_id);
CREATE INDEX ix_delivery_task ON crm.delivery (task_id);
COMMENT ON TABLE crm.delivery IS 'Остановки экспедиторов: каждый выезд к клиенту';
COMMENT ON COLUMN crm.delivery.id IS 'Ключ, UUID версии 7';
COMMENT ON COLUMN crm.delivery.number IS 'Номер';
COMMENT ON COLUMN crm.delivery.client_id IS 'Клиент';
COMMENT ON COLUMN crm.delivery.client_kind IS 'Вид клиента при выезде: legal_entity | individual';
COMMENT ON COLUMN crm.delivery.delivery_point_id IS 'Точка доставки';
COMMENT ON COLUMN crm.delivery.order_id IS 'Заказ';
COMMENT ON COLUMN crm.delivery.deal_id IS 'Сделка';
COMMENT ON COLUMN crm.delivery.task_id IS 'Задача экспедитору';
COMMENT ON COLUMN crm.delivery.attempt IS 'Который это выезд по заказу, с 1';
COMMENT ON COLUMN crm.delivery.courier_id IS 'Экспедитор: назначенный, а потом исполнивший';
COMMENT ON COLUMN crm.delivery.planned_from IS 'Ждут с этого времени';
COMMENT ON COLUMN crm.delivery.planned_to IS 'Ждут до этого времени; пусто, если до конца дня';
COMMENT ON COLUMN crm.delivery.status IS 'Состояние: planned | done | failed | cancelled';
COMMENT ON COLUMN crm.delivery.reason IS 'Почему не удалась или перенесена: client_absent | client_asked | courier_late | refused | other';
COMMENT ON COLUMN crm.delivery.note IS 'Подробности словами';
COMMENT ON COLUMN crm.delivery.arrived_at IS 'Когда приехал';
COMMENT ON COLUMN crm.delivery.amount IS 'Сумма доставленного с НДС, без залога за тару';
COMMENT ON COLUMN crm.delivery.cash_due IS 'Сколько получить с клиента, с залогом';
COMMENT ON COLUMN crm.delivery.cash_taken IS 'Сколько получено';
COMMENT ON COLUMN crm.delivery.plan_version IS 'Который это план, с 1';
COMMENT ON COLUMN crm.delivery.created_at IS 'Когда запись создана';
COMMENT ON COLUMN crm.delivery.deleted_at IS 'Надгробие: когда запись удалена; пусто, пока жива';
CREATE TABLE crm.order_lines ( order_id UUID NOT NULL, line INTEGER NOT NULL, product_id UUID NOT NULL, item_kind TEXT NOT NULL, quantity NUMERIC NOT NULL, price NUMERIC NOT NULL, amount NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_order_lines_amount_to_the_kopeck CHECK (amount = round(amount, 2)), CONSTRAINT pk_order_lines PRIMARY KEY (order_id, line), CONSTRAINT fk_order_lines_order_id FOREIGN KEY(order_id) REFERENCES crm."order" (id) ON DELETE CASCADE, CONSTRAINT fk_order_lines_product_id FOREIGN KEY(product_id) REFERENCES crm.product (id) );
CREATE INDEX ix_order_lines_product ON crm.order_lines (product_id);
COMMENT ON TABLE crm.order_lines IS 'Позиции заказов';
COMMENT ON COLUMN crm.order_lines.order_id IS 'Документ, которому принадлежит строка';
COMMENT ON COLUMN crm.order_lines.line IS 'Номер строки, с 1';
COMMENT ON COLUMN crm.order_lines.product_id IS 'Номенклатура';
COMMENT ON COLUMN crm.order_lines.item_kind IS 'Род позиции при заказе: вода, тара, кулер';
COMMENT ON COLUMN crm.order_lines.quantity IS 'Количество';
COMMENT ON COLUMN crm.order_lines.price IS 'Цена за единицу с НДС; у возвратной тары залог';
COMMENT ON COLUMN crm.order_lines.amount IS 'Сумма с НДС; у возвратной тары залог';
CREATE TABLE crm.delivery_lines ( delivery_id UUID NOT NULL, line INTEGER NOT NULL, product_id UUID NOT NULL, item_kind TEXT NOT NULL, quantity NUMERIC NOT NULL, delivered NUMERIC, price NUMERIC NOT NULL, amount NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_delivery_lines_amount_to_the_kopeck CHECK (amount = round(amount, 2)), CONSTRAINT pk_delivery_lines PRIMARY KEY (delivery_id, line), CONSTRAINT fk_delivery_lines_delivery_id FOREIGN KEY(delivery_id) REFERENCES crm.delivery (id) ON DELETE CASCADE, CONSTRAINT fk_delivery_lines_product_id FOREIGN KEY(product_id) REFERENCES crm.product (id) );
COMMENT ON TABLE crm.delivery_lines IS 'Что везут и что отдано';
COMMENT ON COLUMN crm.delivery_lines.delivery_id IS 'Документ, которому принадлежит строка';
COMMENT ON COLUMN crm.delivery_lines.line IS 'Номер строки, с 1';
COMMENT ON COLUMN crm.delivery_lines.product_id IS 'Номенклатура';
COMMENT ON COLUMN crm.delivery_lines.item_kind IS 'Род позиции при заказе: вода, тара, кулер';
COMMENT ON COLUMN crm.delivery_lines.quantity IS 'Везут';
COMMENT ON COLUMN crm.delivery_lines.delivered IS 'Отдано; пусто, пока не доставлено';
COMMENT ON COLUMN crm.delivery_lines.price IS 'Цена за единицу с НДС; у возвратной тары залог';
COMMENT ON COLUMN crm.delivery_lines.amount IS 'Сумма отданного с НДС; у возвратной тары залог';
CREATE TABLE crm.delivery_moves ( delivery_id UUID NOT NULL, line INTEGER NOT NULL, at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, who TEXT NOT NULL, reason TEXT, seen_version INTEGER, conflict BOOLEAN DEFAULT false NOT NULL, former_from TIMESTAMP WITH TIME ZONE, former_to TIMESTAMP WITH TIME ZONE, former_courier_id UUID, planned_from TIMESTAMP WITH TIME ZONE, planned_to TIMESTAMP WITH TIME ZONE, courier_id UUID, CONSTRAINT pk_delivery_moves PRIMARY KEY (delivery_id, line), CONSTRAINT fk_delivery_moves_delivery_id FOREIGN KEY(delivery_id) REFERENCES crm.delivery (id) ON DELETE CASCADE, CONSTRAINT fk_delivery_moves_former_courier_id FOREIGN KEY(former_courier_id) REFERENCES crm.employee (id), CONSTRAINT fk_delivery_moves_courier_id FOREIGN KEY(courier_id) REFERENCES crm.employee (id) );
COMMENT ON TABLE crm.delivery_moves IS 'Переносы и передачи: кто, когда, что было и что стало';
COMMENT ON COLUMN crm.delivery_moves.delivery_id IS 'Документ, которому принадлежит строка';
COMMENT ON COLUMN crm.delivery_moves.line IS 'Номер строки, с 1';
COMMENT ON COLUMN crm.delivery_moves.at IS 'Когда';
COMMENT ON COLUMN crm.delivery_moves.who IS 'Кто: person:имя, courier:имя, rule:имя';
COMMENT ON COLUMN crm.delivery_moves.reason IS 'Почему';
COMMENT ON COLUMN crm.delivery_moves.seen_version IS 'Какой план видел тот, кто перенес';
COMMENT ON COLUMN crm.delivery_moves.conflict IS 'Перенес, не видя чужого переноса';
COMMENT ON COLUMN crm.delivery_moves.former_from IS 'Ждали с';
COMMENT ON COLUMN crm.delivery_moves.former_to IS 'Ждали до';
COMMENT ON COLUMN crm.delivery_moves.former_courier_id IS 'Прежний экспедитор';
COMMENT ON COLUMN crm.delivery_moves.planned_from IS 'Ждут с';
COMMENT ON COLUMN crm.delivery_moves.planned_to IS 'Ждут до';
COMMENT ON COLUMN crm.delivery_moves.courier_id IS 'Новый экспедитор';
CREATE TABLE crm.returnable ( id UUID DEFAULT hub.uuid7() NOT NULL, client_id UUID NOT NULL, product_id UUID NOT NULL, delivery_id UUID, at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, quantity NUMERIC NOT NULL, amount NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_returnable_amount_to_the_kopeck CHECK (amount = round(amount, 2)), comment TEXT, created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, deleted_at TIMESTAMP WITH TIME ZONE, CONSTRAINT pk_returnable PRIMARY KEY (id), CONSTRAINT fk_returnable_client_id FOREIGN KEY(client_id) REFERENCES crm.client (id), CONSTRAINT fk_returnable_product_id FOREIGN KEY(product_id) REFERENCES crm.product (id), CONSTRAINT fk_returnable_delivery_id FOREIGN KEY(delivery_id) REFERENCES crm.delivery (id) );
CREATE INDEX ix_returnable_client ON crm.returnable (client_id, product_id);
COMMENT ON TABLE crm.returnable IS 'Движения возвратной тары и залогов: остаток у клиента есть их сумма';
COMMENT ON COLUMN crm.returnable.id IS 'Ключ, UUID версии 7';
COMMENT ON COLUMN crm.returnable.client_id IS 'Клиент';
COMMENT ON COLUMN crm.returnable.product_id IS 'Бутыль, кулер';
COMMENT ON COLUMN crm.returnable.delivery_id IS 'Остановка, на которой отдано или принято';
COMMENT ON COLUMN crm.returnable.at IS 'Когда';
COMMENT ON COLUMN crm.returnable.quantity IS 'Отдано клиенту; с минусом принято от него';
COMMENT ON COLUMN crm.returnable.amount IS 'Залог, который он внес; с минусом возвращен ему';
COMMENT ON COLUMN crm.returnable.comment IS 'Комментарий';
COMMENT ON COLUMN crm.returnable.created_at IS 'Когда запись создана';
COMMENT ON COLUMN crm.returnable.deleted_at IS 'Надгробие: когда запись удалена; пусто, пока жива';
CALL hub.keep_journal('crm."order"', 'order', '', 'id');
CALL hub.keep_journal('crm.delivery', 'delivery', '', 'id');
CALL hub.keep_journal('crm.order_lines', 'order', 'lines', 'order_id');
CALL hub.keep_journal('crm.delivery_lines', 'delivery', 'lines', 'delivery_id');
CALL hub.keep_journal('crm.delivery_moves', 'delivery', 'moves', 'delivery_id');
CALL hub.keep_journal('crm.returnable', 'returnable', '', 'id');

CREATE OR REPLACE FUNCTION crm.enter_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  end_kind text;
  told boolean;
BEGIN
  IF NEW.stage IS NULL OR (TG_OP = 'UPDATE'
      AND (NEW.scenario, NEW.stage) IS NOT DISTINCT FROM (OLD.scenario, OLD.stage)) THEN
    RETURN NEW;
  END IF;
  SELECT kind INTO end_kind FROM crm.stage WHERE scenario = NEW.scenario AND code = NEW.stage;
  NEW.status := coalesce(end_kind, NEW.status);
  IF TG_OP = 'INSERT' THEN
    NEW.stage_entry := greatest(NEW.stage_entry, 1);
    NEW.stage_entered_at := coalesce(NEW.stage_entered_at, clock_timestamp());
  ELSE
    -- The past is told with its own times; whoever moves a deal today moves it now.
    told := hub.origin() = 'history' AND NEW.stage_entered_at IS DISTINCT FROM OLD.stage_entered_at;
    NEW.stage_entry := OLD.stage_entry + 1;
    NEW.stage_entered_at := CASE WHEN told THEN NEW.stage_entered_at ELSE clock_timestamp() END;
  END IF;
  NEW.closed_at := CASE WHEN NEW.status = 'open' THEN NULL ELSE NEW.stage_entered_at END;
  RETURN NEW;
END
$$;

CREATE FUNCTION crm.plan_stop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  asked record;
  stop uuid;
BEGIN
  SELECT d.client_id, d.amount AS deal_amount, c.kind, o.id AS order_id, o.amount, o.deposit,
         coalesce(o.delivery_point_id, (SELECT p.id FROM crm.delivery_point p
           WHERE p.client_id = d.client_id AND p.deleted_at IS NULL
           ORDER BY p.of_client DESC, p.id LIMIT 1)) AS point
  INTO asked
  FROM crm.deal d JOIN crm.client c ON c.id = d.client_id
  LEFT JOIN LATERAL (SELECT * FROM crm.order o WHERE o.deal_id = d.id AND o.deleted_at IS NULL
    AND o.status <> 'cancelled' ORDER BY o.id DESC LIMIT 1) o ON true
  WHERE d.id = NEW.deal_id;
  INSERT INTO crm.delivery (client_id, client_kind, delivery_point_id, order_id, deal_id, task_id,
    attempt, courier_id, planned_from, cash_due)
  VALUES (asked.client_id, asked.kind, asked.point, asked.order_id, NEW.deal_id, NEW.id,
    1 + (SELECT count(*) FROM crm.delivery s WHERE s.deal_id = NEW.deal_id),
    NEW.executor_id, NEW.due_at,
    CASE WHEN asked.kind = 'individual'
      THEN coalesce(asked.amount, asked.deal_amount) ELSE 0 END + coalesce(asked.deposit, 0))
  RETURNING id INTO stop;
  IF asked.order_id IS NOT NULL THEN
    INSERT INTO crm.delivery_lines (delivery_id, line, product_id, item_kind, quantity, price)
    SELECT stop, line, product_id, item_kind, quantity, price
    FROM crm.order_lines WHERE order_id = asked.order_id;
    UPDATE crm.order SET status = 'confirmed', confirmed_at = clock_timestamp(),
      wanted_at = NEW.due_at, courier_id = NEW.executor_id
    WHERE id = asked.order_id AND status = 'received';
  ELSE
    INSERT INTO crm.delivery_lines (delivery_id, line, product_id, item_kind, quantity, price)
    SELECT stop, i.line, i.product_id, p.kind, i.quantity, i.price
    FROM crm.deal_items i JOIN crm.product p ON p.id = i.product_id WHERE i.deal_id = NEW.deal_id;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION crm.plan_stop() IS
  'Заводит остановку, когда экспедитору поставлена задача доставить заказ';
CREATE TRIGGER plan_stop AFTER INSERT ON crm.task FOR EACH ROW
  WHEN (NEW.kind = 'delivery' AND NEW.status = 'open' AND NEW.deal_id IS NOT NULL)
  EXECUTE FUNCTION crm.plan_stop();

CREATE FUNCTION crm.end_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE crm.delivery SET status = NEW.status,
    arrived_at = CASE WHEN NEW.status = 'cancelled' THEN arrived_at
      ELSE coalesce(arrived_at, NEW.finished_at, clock_timestamp()) END,
    note = coalesce(note, NEW.result)
  WHERE task_id = NEW.id AND status = 'planned';
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION crm.end_stop() IS 'Завершает остановку вместе с задачей экспедитора';
CREATE TRIGGER end_stop AFTER UPDATE ON crm.task FOR EACH ROW
  WHEN (NEW.kind = 'delivery' AND OLD.status = 'open' AND NEW.status <> 'open')
  EXECUTE FUNCTION crm.end_stop();

CREATE FUNCTION crm.note_move() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  seen int := nullif(current_setting('hub.seen_plan', true), '')::int;
BEGIN
  NEW.plan_version := OLD.plan_version + 1;
  INSERT INTO crm.delivery_moves (delivery_id, line, at, who, reason, seen_version, conflict,
    former_from, former_to, former_courier_id, planned_from, planned_to, courier_id)
  VALUES (NEW.id, OLD.plan_version, clock_timestamp(), hub.origin(),
    nullif(current_setting('hub.move_reason', true), ''), seen,
    coalesce(seen < OLD.plan_version, false),
    OLD.planned_from, OLD.planned_to, OLD.courier_id,
    NEW.planned_from, NEW.planned_to, NEW.courier_id);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION crm.note_move() IS
  'Записывает перенос или передачу остановки, кто бы ее ни сделал, и замечает столкновение';
CREATE TRIGGER note_move BEFORE UPDATE ON crm.delivery FOR EACH ROW
  WHEN ((NEW.planned_from, NEW.planned_to, NEW.courier_id)
    IS DISTINCT FROM (OLD.planned_from, OLD.planned_to, OLD.courier_id) AND OLD.status = 'planned')
  EXECUTE FUNCTION crm.note_move();

CREATE FUNCTION crm.tell_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE crm.task SET due_at = NEW.planned_from, executor_id = NEW.courier_id
  WHERE id = NEW.task_id AND status = 'open'
    AND (due_at, executor_id) IS DISTINCT FROM (NEW.planned_from, NEW.courier_id);
  UPDATE crm.deal SET delivery_at = NEW.planned_from, courier_id = NEW.courier_id
  WHERE id = NEW.deal_id AND status = 'open'
    AND (delivery_at, courier_id) IS DISTINCT FROM (NEW.planned_from, NEW.courier_id);
  UPDATE crm.order SET wanted_at = NEW.planned_from, courier_id = NEW.courier_id
  WHERE id = NEW.order_id AND status IN ('received', 'confirmed')
    AND (wanted_at, courier_id) IS DISTINCT FROM (NEW.planned_from, NEW.courier_id);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION crm.tell_move() IS
  'Перенос остановки виден у задачи, сделки и заказа в ту же секунду';
CREATE TRIGGER tell_move AFTER UPDATE ON crm.delivery FOR EACH ROW
  WHEN (NEW.status = 'planned' AND (NEW.planned_from, NEW.courier_id)
    IS DISTINCT FROM (OLD.planned_from, OLD.courier_id))
  EXECUTE FUNCTION crm.tell_move();

CREATE FUNCTION crm.hear_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'deal' THEN
    UPDATE crm.delivery s SET planned_from = NEW.delivery_at, courier_id = NEW.courier_id,
      planned_to = CASE WHEN NEW.delivery_at IS DISTINCT FROM s.planned_from
        THEN s.planned_to + (NEW.delivery_at - s.planned_from) ELSE s.planned_to END
    WHERE s.deal_id = NEW.id AND s.status = 'planned'
      AND (s.planned_from, s.courier_id) IS DISTINCT FROM (NEW.delivery_at, NEW.courier_id);
  ELSE
    UPDATE crm.delivery s SET planned_from = NEW.due_at, courier_id = NEW.executor_id,
      planned_to = CASE WHEN NEW.due_at IS DISTINCT FROM s.planned_from
        THEN s.planned_to + (NEW.due_at - s.planned_from) ELSE s.planned_to END
    WHERE s.task_id = NEW.id AND s.status = 'planned'
      AND (s.planned_from, s.courier_id) IS DISTINCT FROM (NEW.due_at, NEW.executor_id);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION crm.hear_move() IS
  'Перенос в сделке или в задаче есть перенос остановки';
CREATE TRIGGER hear_move AFTER UPDATE ON crm.deal FOR EACH ROW
  WHEN (NEW.status = 'open' AND NEW.delivery_at IS NOT NULL AND NEW.courier_id IS NOT NULL
    AND (NEW.delivery_at, NEW.courier_id) IS DISTINCT FROM (OLD.delivery_at, OLD.courier_id))
  EXECUTE FUNCTION crm.hear_move();
CREATE TRIGGER hear_move AFTER UPDATE ON crm.task FOR EACH ROW
  WHEN (NEW.kind = 'delivery' AND NEW.status = 'open'
    AND (NEW.due_at, NEW.executor_id) IS DISTINCT FROM (OLD.due_at, OLD.executor_id))
  EXECUTE FUNCTION crm.hear_move();

CREATE FUNCTION crm.end_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'delivery' THEN
    UPDATE crm.delivery_lines SET delivered = quantity, amount = round(quantity * price, 2)
    WHERE delivery_id = NEW.id AND delivered IS NULL;
    UPDATE crm.delivery s SET amount = l.amount
    FROM (SELECT coalesce(sum(i.amount) FILTER (WHERE p.kind <> 'returnable'), 0) AS amount
          FROM crm.delivery_lines i JOIN crm.product p ON p.id = i.product_id
          WHERE i.delivery_id = NEW.id) l
    WHERE s.id = NEW.id AND s.amount IS DISTINCT FROM l.amount
      AND EXISTS (SELECT FROM crm.delivery_lines i WHERE i.delivery_id = NEW.id);
    UPDATE crm.order SET status = 'delivered', completed_at = NEW.arrived_at,
      courier_id = NEW.courier_id
    WHERE id = NEW.order_id AND status IN ('received', 'confirmed');
  ELSE
    UPDATE crm.order SET status = 'cancelled', cancelled_at = NEW.closed_at,
      cancel_reason = coalesce(cancel_reason, NEW.lost_reason)
    WHERE deal_id = NEW.id AND status IN ('received', 'confirmed');
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION crm.end_order() IS
  'Заказ выполнен, когда доставлен, и отменен, когда сделка проиграна';
CREATE TRIGGER end_order AFTER UPDATE ON crm.delivery FOR EACH ROW
  WHEN (NEW.status = 'done' AND OLD.status = 'planned') EXECUTE FUNCTION crm.end_order();
CREATE TRIGGER end_order AFTER UPDATE ON crm.deal FOR EACH ROW
  WHEN (NEW.status = 'lost' AND OLD.status <> 'lost') EXECUTE FUNCTION crm.end_order();

CALL hub.keep_always('crm.task'::regclass);
CALL hub.keep_always('crm.deal'::regclass);
CALL hub.keep_always('crm.delivery'::regclass);
