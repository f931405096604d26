ALTER TABLE hub.inbox DROP CONSTRAINT ck_inbox_door_known, ADD CONSTRAINT ck_inbox_door_known CHECK (door IN ('hook', 'form', 'visit', 'open', 'unsubscribe'));
ALTER TABLE hub.inbox_refusal DROP CONSTRAINT ck_inbox_refusal_door_known, ADD CONSTRAINT ck_inbox_refusal_door_known CHECK (door IN ('hook', 'form', 'visit', 'open', 'unsubscribe'));
COMMENT ON COLUMN hub.inbox.door IS 'Вебхук, форма, посещение сайта, прочтение письма, отписка: hook | form | visit | open | unsubscribe';
COMMENT ON COLUMN hub.inbox_refusal.door IS 'Куда стучали: hook | form | visit | open | unsubscribe';
