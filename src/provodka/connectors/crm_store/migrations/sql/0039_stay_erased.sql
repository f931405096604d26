CREATE FUNCTION hub.stay_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN jsonb_populate_record(NEW, (
        SELECT jsonb_object_agg(name, to_jsonb(OLD) -> name) FROM unnest(TG_ARGV) name));
END $$;
COMMENT ON FUNCTION hub.stay_erased IS 'Кого стерли по закону, того не возвращает ни обмен, ни правка: названные колонки остаются пустыми';
CREATE TRIGGER stay_erased BEFORE UPDATE ON crm.client FOR EACH ROW WHEN (OLD.name = 'стерто') EXECUTE FUNCTION hub.stay_erased('name', 'full_name', 'inn', 'kpp', 'phone', 'email', 'delivery_address', 'source');
CREATE TRIGGER stay_erased BEFORE UPDATE ON crm.contact FOR EACH ROW WHEN (OLD.name = 'стерто') EXECUTE FUNCTION hub.stay_erased('name', 'position', 'phone', 'email');
CREATE TRIGGER stay_erased BEFORE UPDATE ON crm.delivery_point FOR EACH ROW WHEN (OLD.address = 'стерто') EXECUTE FUNCTION hub.stay_erased('name', 'address');
CREATE FUNCTION hub.agree_on_nobody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.snapshot := OLD.snapshot;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION hub.agree_on_nobody IS 'О стертом человеке в согласованном состоянии ничего не появляется';
CREATE TRIGGER agree_on_nobody BEFORE UPDATE ON hub.binding FOR EACH ROW WHEN (OLD.kind IN ('client', 'contact') AND OLD.snapshot ->> 'name' = 'стерто') EXECUTE FUNCTION hub.agree_on_nobody();
ALTER TABLE crm.client ENABLE ALWAYS TRIGGER stay_erased;
ALTER TABLE crm.contact ENABLE ALWAYS TRIGGER stay_erased;
ALTER TABLE crm.delivery_point ENABLE ALWAYS TRIGGER stay_erased;
ALTER TABLE hub.binding ENABLE ALWAYS TRIGGER agree_on_nobody;
