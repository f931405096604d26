CREATE OR REPLACE FUNCTION crm.know_the_buyer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.after_order := NEW.client_id IS NOT NULL AND EXISTS (
    SELECT FROM crm.invoice WHERE client_id = NEW.client_id AND posted AND deleted_at IS NULL
      AND date <= NEW.at);
  RETURN NEW;
END
$$;
DROP TRIGGER know_the_buyer ON crm.visit;
CREATE TRIGGER know_the_buyer BEFORE INSERT ON crm.visit
  FOR EACH ROW EXECUTE FUNCTION crm.know_the_buyer();
