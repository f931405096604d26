"""What the demonstration shows of the store, as queries; `:zone` is the company's zone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provodka.foundation.i18n import _

__all__ = [
    "BY_STAGE",
    "LAST_ANSWERS",
    "LAST_CALLS",
    "LAST_INVOICES",
    "NEXT_TASKS",
    "SENT_LETTERS",
    "TOTALS",
    "told_call",
    "told_invoice",
]

NEXT_TASKS = """
    SELECT d.number, c.name, t.subject, to_char(t.due_at AT TIME ZONE :zone, 'DD.MM.YYYY HH24:MI')
    FROM crm.task t JOIN crm.deal d ON d.id = t.deal_id JOIN crm.client c ON c.id = d.client_id
    WHERE t.status = 'open' ORDER BY d.created_at DESC LIMIT 5
"""

LAST_INVOICES = """
    SELECT i.number, c.name, i.amount, i.accounting
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
           k.direction, k.outcome, k.talk_seconds, c.name, k.ambiguous
    FROM crm.call k LEFT JOIN crm.client c ON c.id = k.client_id
    ORDER BY k.started_at DESC LIMIT 8
"""

SENT_LETTERS = """
    SELECT DISTINCT ON (m.deal_id) m.recipient, m.subject, m.message_id
    FROM crm.message m JOIN crm.deal d ON d.id = m.deal_id
    WHERE m.direction = 'outgoing' AND m.status = 'sent' AND m.client_id = d.client_id
      AND m.message_id <> '' AND :zone <> ''
    ORDER BY m.deal_id DESC LIMIT 4
"""

LAST_ANSWERS = """
    SELECT c.name, m.subject, d.number
    FROM crm.message m LEFT JOIN crm.client c ON c.id = m.client_id
    LEFT JOIN crm.deal d ON d.id = m.deal_id
    WHERE m.direction = 'incoming' AND :zone <> '' ORDER BY m.id DESC LIMIT 4
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
           (SELECT count(*) FROM crm.message WHERE direction = 'incoming'),
           (SELECT count(*) FROM crm.message WHERE direction = 'incoming'
            AND client_id IS NOT NULL AND deal_id IS NOT NULL),
           (SELECT count(*) FROM hub.quarantine WHERE state = 'open'),
           (SELECT count(*) FROM hub.conflict WHERE resolved_at IS NULL),
           (SELECT count(*) FROM hub.delta)
    WHERE :zone <> ''
"""


def told_invoice(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of `LAST_INVOICES`, its state in accounting in words."""
    *shown, accounting = row
    states = {
        "entered": _("записан"),
        "queued": _("в очереди"),
        "flagged": _("расхождение"),
        "refused": _("отказ"),
    }
    return (*shown, states.get(accounting, _("нет")))


def told_call(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of `LAST_CALLS` in words: when, direction, outcome, seconds of talk, whose."""
    at, direction, outcome, seconds, client, ambiguous = row
    directions = {"incoming": _("входящий"), "outgoing": _("исходящий")}
    outcomes = {
        "answered": _("отвечен"),
        "missed": _("пропущен"),
        "abandoned": _("не дождался"),
        "busy": _("занято"),
    }
    stranger = _("несколько клиентов") if ambiguous else _("незнакомый")
    return (
        at,
        directions.get(direction, _("внутренний")),
        outcomes.get(outcome, _("не состоялся")),
        seconds,
        client or stranger,
    )
