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

DROP INDEX crm.ix_client_words, crm.ix_delivery_point_words, crm.ix_delivery_open, crm.ix_order_open;
DROP FUNCTION hub.words_of(text);
ALTER TABLE crm.order DROP COLUMN comment, DROP COLUMN window_minutes;
