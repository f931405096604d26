DROP TABLE hub.stand_in, hub.document_file;
DELETE FROM crm.consent WHERE purpose = 'advertising';
ALTER TABLE crm.consent DROP CONSTRAINT ck_consent_purpose_known;
ALTER TABLE crm.consent ADD CONSTRAINT ck_consent_purpose_known CHECK (purpose IN ('mail_opens'));
COMMENT ON COLUMN crm.consent.purpose IS 'На что: узнавать, прочитаны ли письма: mail_opens';
