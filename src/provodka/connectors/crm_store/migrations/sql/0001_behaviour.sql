CREATE FUNCTION crm.enter_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  end_kind text;
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
    NEW.stage_entry := OLD.stage_entry + 1;
    NEW.stage_entered_at := clock_timestamp();
  END IF;
  NEW.closed_at := CASE WHEN NEW.status = 'open' THEN NULL ELSE NEW.stage_entered_at END;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION crm.enter_stage() IS
  'Ведет у сделки номер и время входа в этап, состояние и время закрытия, кто бы ее ни двигал';
CREATE TRIGGER enter_stage BEFORE INSERT OR UPDATE ON crm.deal
  FOR EACH ROW EXECUTE FUNCTION crm.enter_stage();

CREATE FUNCTION crm.keep_original_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.original_due_at := coalesce(NEW.original_due_at, NEW.due_at);
  IF NEW.status <> 'open' AND NEW.finished_at IS NULL THEN
    NEW.finished_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION crm.keep_original_due() IS
  'Запоминает у задачи первоначальный срок и время завершения';
CREATE TRIGGER keep_original_due BEFORE INSERT OR UPDATE ON crm.task
  FOR EACH ROW EXECUTE FUNCTION crm.keep_original_due();

CREATE FUNCTION crm.keep_delivery_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO crm.delivery_point AS kept (client_id, address, of_client)
  SELECT id, delivery_address, true FROM new_rows
  WHERE kind = 'individual' AND delivery_address <> ''
  ON CONFLICT (client_id) WHERE of_client DO UPDATE SET address = excluded.address
  WHERE kept.address IS DISTINCT FROM excluded.address;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION crm.keep_delivery_points() IS
  'Ведет точку доставки по адресу, который записан у самого физического лица';
CREATE TRIGGER keep_delivery_points_insert AFTER INSERT ON crm.client
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_delivery_points();
CREATE TRIGGER keep_delivery_points_update AFTER UPDATE ON crm.client
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_delivery_points();

CREATE FUNCTION crm.paid(invoice uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(a.amount), 0)
  FROM crm.payment_allocations a JOIN crm.payment p ON p.id = a.payment_id
  WHERE a.invoice_id = invoice AND p.posted AND p.deleted_at IS NULL
$$;
COMMENT ON FUNCTION crm.paid(uuid) IS 'Сколько оплачено по счету проведенными платежами';

CREATE FUNCTION crm.shipped(invoice uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(amount + CASE WHEN vat_included THEN 0 ELSE vat_amount END), 0)
  FROM (
    SELECT l.amount, l.vat_amount, s.vat_included
    FROM crm.shipment s JOIN crm.shipment_lines l ON l.shipment_id = s.id
    WHERE s.invoice_id = invoice AND l.invoice_id IS NULL AND s.posted AND s.deleted_at IS NULL
    UNION ALL
    SELECT l.amount, l.vat_amount, s.vat_included
    FROM crm.shipment_lines l JOIN crm.shipment s ON s.id = l.shipment_id
    WHERE l.invoice_id = invoice AND s.posted AND s.deleted_at IS NULL
  ) rows_of_invoice
$$;
COMMENT ON FUNCTION crm.shipped(uuid) IS 'Сколько отгружено по счету проведенными реализациями';

CREATE FUNCTION crm.settle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT * FROM new_rows'
    WHEN 'DELETE' THEN 'SELECT * FROM old_rows'
    ELSE 'SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows' END;
  invoices text := CASE TG_TABLE_NAME
    WHEN 'payment' THEN
      'SELECT a.invoice_id FROM crm.payment_allocations a JOIN c ON c.id = a.payment_id'
    WHEN 'shipment' THEN
      'SELECT c.invoice_id FROM c UNION
       SELECT l.invoice_id FROM crm.shipment_lines l JOIN c ON c.id = l.shipment_id'
    WHEN 'shipment_lines' THEN
      'SELECT c.invoice_id FROM c UNION
       SELECT s.invoice_id FROM crm.shipment s JOIN c ON s.id = c.shipment_id'
    ELSE 'SELECT c.invoice_id FROM c' END;
  touched uuid[];
BEGIN
  EXECUTE format($q$
    WITH c AS MATERIALIZED (%s)
    SELECT array_agg(DISTINCT invoice_id) FROM (%s) t WHERE invoice_id IS NOT NULL
    $q$, changed, invoices) INTO touched;
  IF touched IS NULL THEN
    RETURN NULL;
  END IF;
  -- Whoever settles the same invoice at the same time waits here, and then sees our rows.
  PERFORM 1 FROM crm.invoice WHERE id = ANY (touched) ORDER BY id FOR UPDATE;
  WITH settled AS (
    SELECT id, crm.paid(id) AS paid, crm.shipped(id) AS shipped FROM unnest(touched) t (id))
  UPDATE crm.invoice i SET paid_amount = s.paid, shipped_amount = s.shipped
  FROM settled s
  WHERE i.id = s.id AND (i.paid_amount, i.shipped_amount) IS DISTINCT FROM (s.paid, s.shipped);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION crm.settle() IS
  'Пересчитывает оплату и отгрузку счетов после изменения платежей и реализаций';

DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY '{payment,payment_allocations,shipment,shipment_lines}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER settle_insert AFTER INSERT ON crm.%I
      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.settle()', target);
    EXECUTE format('CREATE TRIGGER settle_update AFTER UPDATE ON crm.%I
      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION crm.settle()', target);
    EXECUTE format('CREATE TRIGGER settle_delete AFTER DELETE ON crm.%I
      REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.settle()', target);
  END LOOP;
END
$$;

DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY
    '{client,deal,task,payment,payment_allocations,shipment,shipment_lines}'::text[] LOOP
    CALL hub.keep_always(format('crm.%I', target)::regclass);
  END LOOP;
END
$$;
