ALTER TABLE crm.order ADD COLUMN invoice_id UUID CONSTRAINT fk_order_invoice_id REFERENCES crm.invoice (id);
CREATE INDEX ix_order_invoice ON crm.order (invoice_id) WHERE invoice_id IS NOT NULL;
COMMENT ON COLUMN crm.order.invoice_id IS 'Счет за месяц, в который заказ вошел';

CREATE FUNCTION crm.close_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE crm.deal d SET stage = s.code
  FROM crm.order o, crm.stage s
  WHERE o.invoice_id = NEW.id AND d.id = o.deal_id AND d.status = 'open' AND d.stage = 'billing'
    AND s.scenario = d.scenario AND s.kind = 'won';
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION crm.close_billed() IS
  'Оплачен счет за месяц — завершены все сделки, заказы которых в него вошли';
CREATE TRIGGER close_billed AFTER UPDATE ON crm.invoice FOR EACH ROW
  WHEN (NEW.posted AND NEW.amount > 0 AND NEW.paid_amount >= NEW.amount
    AND OLD.paid_amount < OLD.amount)
  EXECUTE FUNCTION crm.close_billed();
CALL hub.keep_always('crm.invoice'::regclass);

CREATE OR REPLACE FUNCTION crm.plan_stop() RETURNS trigger LANGUAGE plpgsql AS $$
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
      THEN coalesce(asked.amount, asked.deal_amount) + coalesce(asked.deposit, 0) ELSE 0 END)
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
CREATE TABLE report.buying_spell ( scope TEXT DEFAULT 'payer' NOT NULL CONSTRAINT ck_buying_spell_scope_known CHECK (scope IN ('payer', 'point')), owner UUID NOT NULL, spell INTEGER NOT NULL, client UUID NOT NULL, client_kind TEXT, first_at TIMESTAMP WITH TIME ZONE NOT NULL, last_at TIMESTAMP WITH TIME ZONE NOT NULL, lost_at TIMESTAMP WITH TIME ZONE NOT NULL, orders BIGINT NOT NULL, amount NUMERIC DEFAULT 0 NOT NULL CONSTRAINT ck_buying_spell_amount_to_the_kopeck CHECK (amount = round(amount, 2)), own_orders BIGINT NOT NULL, CONSTRAINT pk_buying_spell PRIMARY KEY (scope, owner, spell) );
CREATE INDEX ix_buying_spell_client ON report.buying_spell (client);
COMMENT ON TABLE report.buying_spell IS 'Отрезки покупок: новый начинается после трех календарных месяцев без покупки';
COMMENT ON COLUMN report.buying_spell.scope IS 'По плательщикам или по точкам доставки: payer | point';
COMMENT ON COLUMN report.buying_spell.owner IS 'Плательщик или точка доставки';
COMMENT ON COLUMN report.buying_spell.spell IS 'Номер отрезка у него, с 1';
COMMENT ON COLUMN report.buying_spell.client IS 'Клиент';
COMMENT ON COLUMN report.buying_spell.client_kind IS 'Вид клиента при последней покупке отрезка';
COMMENT ON COLUMN report.buying_spell.first_at IS 'Первая покупка отрезка';
COMMENT ON COLUMN report.buying_spell.last_at IS 'Последняя покупка отрезка';
COMMENT ON COLUMN report.buying_spell.lost_at IS 'Последняя покупка и три календарных месяца';
COMMENT ON COLUMN report.buying_spell.orders IS 'Покупок с самого начала';
COMMENT ON COLUMN report.buying_spell.amount IS 'На сумму с самого начала, с НДС';
COMMENT ON COLUMN report.buying_spell.own_orders IS 'Покупок в этом отрезке';
