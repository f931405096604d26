DROP TABLE hub.message_file, hub.file, hub.mail_copy, hub.mail_folder, crm.address_state;
DROP INDEX crm.ix_client_email, crm.ix_client_email_domain;
DROP INDEX crm.ix_contact_email, crm.ix_contact_email_domain, crm.ix_message_client;
UPDATE crm.message SET direction = 'incoming' WHERE direction = 'service';
ALTER TABLE crm.message DROP CONSTRAINT ck_message_direction_known,
  ADD CONSTRAINT ck_message_direction_known CHECK (direction IN ('outgoing', 'incoming'));
COMMENT ON COLUMN crm.message.direction IS 'Направление: outgoing | incoming';
ALTER TABLE crm.message DROP COLUMN kind, DROP COLUMN sender_name, DROP COLUMN copies,
  DROP COLUMN reply_text, DROP COLUMN thread_key, DROP COLUMN linked_by,
  DROP COLUMN needs_person, DROP COLUMN past, DROP COLUMN mailing, DROP COLUMN bounce_code,
  DROP COLUMN answered_at, DROP COLUMN delivered_at;
