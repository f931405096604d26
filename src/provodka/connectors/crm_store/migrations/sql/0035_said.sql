ALTER TABLE hub.outbox ADD COLUMN said JSONB;
COMMENT ON COLUMN hub.outbox.said IS 'Что отправлено при создании: согласовано с той стороной, если оно дошло';
