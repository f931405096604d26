ALTER TABLE crm.invoice ADD COLUMN sent_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN crm.invoice.sent_at IS 'Когда отправлен клиенту';
CREATE TABLE hub.letter_paper ( message_id UUID NOT NULL, kind TEXT NOT NULL, document UUID NOT NULL, CONSTRAINT pk_letter_paper PRIMARY KEY (message_id, kind, document), CONSTRAINT fk_letter_paper_message_id FOREIGN KEY(message_id) REFERENCES crm.message (id) ON DELETE CASCADE );
COMMENT ON TABLE hub.letter_paper IS 'Какие КП и счета отправляет клиенту письмо: ушло письмо — отправлены и они';
COMMENT ON COLUMN hub.letter_paper.message_id IS 'Письмо';
COMMENT ON COLUMN hub.letter_paper.kind IS 'Вид документа: proposal | invoice';
COMMENT ON COLUMN hub.letter_paper.document IS 'Документ';

CREATE FUNCTION hub.note_sent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE crm.proposal p SET sent_at = coalesce(NEW.sent_at, now()) FROM hub.letter_paper l
  WHERE l.message_id = NEW.id AND l.kind = 'proposal' AND p.id = l.document AND p.sent_at IS NULL;
  UPDATE crm.invoice i SET sent_at = coalesce(NEW.sent_at, now()) FROM hub.letter_paper l
  WHERE l.message_id = NEW.id AND l.kind = 'invoice' AND i.id = l.document AND i.sent_at IS NULL;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION hub.note_sent() IS
  'Письмо ушло — у документов, которые оно отправляет, появляется время отправки';
CREATE TRIGGER note_sent AFTER UPDATE OF status ON crm.message FOR EACH ROW
  WHEN (NEW.status IN ('sent', 'delivered') AND OLD.status NOT IN ('sent', 'delivered'))
  EXECUTE FUNCTION hub.note_sent();
CALL hub.keep_always('crm.message'::regclass);
