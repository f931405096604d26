DROP TRIGGER note_sent ON crm.message;
DROP FUNCTION hub.note_sent;
DROP TABLE hub.letter_paper;
ALTER TABLE crm.invoice DROP COLUMN sent_at;
