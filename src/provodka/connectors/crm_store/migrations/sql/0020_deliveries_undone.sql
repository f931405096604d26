CREATE OR REPLACE FUNCTION crm.enter_stage() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER end_order ON crm.deal;
DROP TRIGGER hear_move ON crm.deal;
DROP TRIGGER hear_move ON crm.task;
DROP TRIGGER end_stop ON crm.task;
DROP TRIGGER plan_stop ON crm.task;
DROP TABLE crm.returnable, crm.delivery_moves, crm.delivery_lines, crm.delivery, crm.order_lines, crm.order;
DROP TABLE hub.history_file, hub.history_row, hub.history_name;
DROP FUNCTION crm.end_order(), crm.hear_move(), crm.tell_move(), crm.note_move(), crm.end_stop(), crm.plan_stop();
DROP SEQUENCE crm.order_number, crm.delivery_number;
