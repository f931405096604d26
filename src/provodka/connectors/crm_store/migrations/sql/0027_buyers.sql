CREATE OR REPLACE FUNCTION crm.know_the_buyer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.after_order := NEW.client_id IS NOT NULL AND (
    EXISTS (
      SELECT FROM crm.invoice WHERE client_id = NEW.client_id AND posted AND deleted_at IS NULL
        AND date <= NEW.at)
    OR EXISTS (
      SELECT FROM crm."order" WHERE client_id = NEW.client_id AND status <> 'cancelled'
        AND deleted_at IS NULL AND ordered_at <= NEW.at));
  RETURN NEW;
END
$$;
DROP TRIGGER know_the_buyer ON crm.visit;
CREATE TRIGGER know_the_buyer BEFORE INSERT OR UPDATE OF client_id ON crm.visit
  FOR EACH ROW EXECUTE FUNCTION crm.know_the_buyer();
