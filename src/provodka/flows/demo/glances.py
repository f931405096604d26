"""What the demonstration shows of the store, as queries; `:zone` is the company's zone."""

__all__ = ["BY_STAGE", "LAST_CALLS", "LAST_INVOICES", "NEXT_TASKS", "TOTALS"]

NEXT_TASKS = """
    SELECT d.number, c.name, t.subject, to_char(t.due_at AT TIME ZONE :zone, 'DD.MM.YYYY HH24:MI')
    FROM crm.task t JOIN crm.deal d ON d.id = t.deal_id JOIN crm.client c ON c.id = d.client_id
    WHERE t.status = 'open' ORDER BY d.created_at DESC LIMIT 5
"""

LAST_INVOICES = """
    SELECT i.number, c.name, i.amount,
           CASE i.accounting WHEN 'entered' THEN 'записан' WHEN 'queued' THEN 'в очереди'
                WHEN 'flagged' THEN 'расхождение' WHEN 'refused' THEN 'отказ' ELSE 'нет' END
    FROM crm.invoice i JOIN crm.client c ON c.id = i.client_id
    WHERE :zone <> '' ORDER BY i.created_at DESC LIMIT 6
"""

BY_STAGE = """
    SELECT s.name, count(d.id), coalesce(sum(d.amount), 0)
    FROM crm.stage s LEFT JOIN crm.deal d ON d.scenario = s.scenario AND d.stage = s.code
    WHERE s.scenario = 'romashka' AND :zone <> '' GROUP BY s.rank, s.name ORDER BY s.rank, s.name
"""

LAST_CALLS = """
    SELECT to_char(k.started_at AT TIME ZONE :zone, 'DD.MM HH24:MI'),
           CASE k.direction WHEN 'incoming' THEN 'входящий' WHEN 'outgoing' THEN 'исходящий'
                ELSE 'внутренний' END,
           CASE k.outcome WHEN 'answered' THEN 'отвечен' WHEN 'missed' THEN 'пропущен'
                WHEN 'abandoned' THEN 'не дождался' WHEN 'busy' THEN 'занято'
                ELSE 'не состоялся' END,
           k.talk_seconds,
           coalesce(c.name, CASE WHEN k.ambiguous THEN 'несколько клиентов' ELSE 'незнакомый' END)
    FROM crm.call k LEFT JOIN crm.client c ON c.id = k.client_id
    ORDER BY k.started_at DESC LIMIT 8
"""

TOTALS = """
    SELECT (SELECT count(*) FROM crm.deal),
           (SELECT count(*) FROM crm.deal WHERE status = 'won'),
           (SELECT count(*) FROM crm.message WHERE status = 'sent'),
           (SELECT count(*) FROM crm.task),
           (SELECT count(*) FROM crm.invoice WHERE accounting = 'entered'),
           (SELECT count(*) FROM crm.payment),
           (SELECT count(*) FROM crm.shipment),
           (SELECT count(*) FROM crm.call),
           (SELECT count(*) FROM crm.call WHERE client_id IS NOT NULL),
           (SELECT count(*) FROM hub.quarantine WHERE state = 'open'),
           (SELECT count(*) FROM hub.conflict WHERE resolved_at IS NULL),
           (SELECT count(*) FROM hub.delta)
    WHERE :zone <> ''
"""
