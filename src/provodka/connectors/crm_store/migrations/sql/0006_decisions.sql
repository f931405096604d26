ALTER TABLE hub.conflict ADD COLUMN taken TEXT CONSTRAINT ck_conflict_taken_known CHECK (taken IN ('ours', 'theirs', 'value', 'dissolved'));
ALTER TABLE hub.conflict ADD COLUMN resolved_by TEXT;
COMMENT ON COLUMN hub.conflict.taken IS 'Чем решен: значение хаба, другой системы, третье, или спор разошелся сам: ours | theirs | value | dissolved';
COMMENT ON COLUMN hub.conflict.resolved_by IS 'Кто решил: person:имя, или hub, если спор разошелся сам';
ALTER TABLE hub.quarantine DROP CONSTRAINT ck_quarantine_state_known;
ALTER TABLE hub.quarantine ADD CONSTRAINT ck_quarantine_state_known CHECK (state IN ('open', 'healed', 'stopped'));
COMMENT ON COLUMN hub.quarantine.state IS 'Отложен, принят при повторе, или со страницы, на которой поток остановился: open | healed | stopped';
