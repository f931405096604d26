DROP TABLE hub.audience, hub.turn, hub.firing, hub.waiting;
DROP TABLE crm.absence, crm.form_entry, crm.visit, crm.signal;
DROP FUNCTION crm.know_the_buyer();
ALTER TABLE crm.deal DROP COLUMN paused_at, DROP COLUMN paused_until;
ALTER TABLE crm.message DROP COLUMN channel, DROP COLUMN reply_to, DROP COLUMN in_reply_to,
  DROP COLUMN read_at, DROP COLUMN bounced_at;
ALTER TABLE crm.employee DROP COLUMN calendar;
COMMENT ON TABLE crm.message IS 'Письма';
