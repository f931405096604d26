DROP TABLE hub.client_arrival, hub.client_merge_step, hub.client_merge, hub.duplicate, hub.duplicate_key;
ALTER TABLE crm.client DROP COLUMN merged_into_id;

CREATE OR REPLACE FUNCTION crm.keep_delivery_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO crm.delivery_point AS kept (client_id, address, of_client)
  SELECT id, delivery_address, true FROM new_rows
  WHERE kind = 'individual' AND delivery_address <> ''
  ON CONFLICT (client_id) WHERE of_client DO UPDATE SET address = excluded.address
  WHERE kept.address IS DISTINCT FROM excluded.address;
  RETURN NULL;
END
$$;
