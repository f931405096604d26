CREATE INDEX ix_invoice_date ON crm.invoice (date, id);
CREATE INDEX ix_invoice_number ON crm.invoice (number);
CREATE INDEX ix_invoice_unpaid ON crm.invoice (date, id)
  WHERE paid_amount < amount AND deleted_at IS NULL;
CREATE INDEX ix_invoice_outside ON crm.invoice (date, id)
  WHERE accounting <> 'entered' AND deleted_at IS NULL;
CREATE INDEX ix_outbox_dead ON hub.outbox (target, id) WHERE state = 'dead';
CREATE INDEX ix_outbox_settled ON hub.outbox (target, settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX ix_quarantine_waiting ON hub.quarantine (last_seen) WHERE state <> 'healed';
CREATE INDEX ix_quarantine_key ON hub.quarantine (external_key) WHERE state <> 'healed';
CREATE INDEX ix_effect_at ON hub.effect (at, rule);
