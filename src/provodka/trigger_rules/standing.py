"""Whether the reason of an action that waited still stands when its time comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from provodka.foundation.i18n import _
from provodka.trigger_rules.event_kinds import PAPERS
from provodka.trigger_rules.events import Event, settled

__all__ = ["gone", "occurrence_of"]

Row = Mapping[str, Any]
STATUS = {
    "task_done": "done",
    "task_failed": "failed",
    "task_cancelled": "cancelled",
    "task_overdue": "open",
    "delivery_done": "done",
    "delivery_failed": "failed",
    "deal_reopened": "open",
}


def occurrence_of(token: str, document: UUID, base: datetime) -> str:
    """The key of the signal that a term of a rule has passed for a document since `base`."""
    return f"{token}|{document}|{base.astimezone(UTC).isoformat()}"


def gone(event: Event, facts: Mapping[str, Any]) -> str:
    """Why the event no longer holds of its document; empty while it does."""
    row = facts.get(event.kind)
    if row is None or row.get("deleted_at"):
        return _("документа больше нет")
    check = CHECKS.get(event.name)
    return check(event, row) if check else ""


def _stage(event: Event, row: Row) -> str:
    here = event.occurrence == f"entry-{row['stage_entry']}"
    return "" if here else _("сделка ушла с этого этапа")


def _stayed(event: Event, row: Row) -> str:
    here = event.occurrence == occurrence_of(event.of, row["id"], row["stage_entered_at"])
    return "" if here else _("сделка ушла с этого этапа")


def _left(event: Event, row: Row) -> str:
    return _("сделка вернулась на этот этап") if row["stage"] == event.of else ""


def _posted(_event: Event, row: Row) -> str:
    return "" if row["posted"] else _("документ больше не проведен")


def _unposted(_event: Event, row: Row) -> str:
    return _("документ снова проведен") if row["posted"] else ""


def _status(event: Event, row: Row) -> str:
    now = STATUS.get(event.name, event.of)
    return (
        "" if row["status"] == now else _("состояние изменилось: {now}").format(now=row["status"])
    )


def _paid(_event: Event, row: Row) -> str:
    return "" if settled(row["amount"], row["paid_amount"]) else _("оплата отменена")


def _shipped(_event: Event, row: Row) -> str:
    return "" if settled(row["amount"], row["shipped_amount"]) else _("отгрузка отменена")


def _partly_paid(_event: Event, row: Row) -> str:
    return _("счет оплачен полностью") if settled(row["amount"], row["paid_amount"]) else ""


def _partly_shipped(_event: Event, row: Row) -> str:
    return _("по счету отгружено все") if settled(row["amount"], row["shipped_amount"]) else ""


def _paused(event: Event, row: Row) -> str:
    held = bool(row["paused_at"]) == (event.name == "deal_paused")
    return "" if held else _("приостановка изменилась")


CHECKS: Mapping[str, Callable[[Event, Row], str]] = {
    "stage_entered": _stage,
    "stage_stayed": _stayed,
    "deal_moved_back": _stage,
    "stage_left": _left,
    "deal_closed": _status,
    "deal_paused": _paused,
    "deal_resumed": _paused,
    "invoice_paid": _paid,
    "invoice_shipped": _shipped,
    "invoice_partly_paid": _partly_paid,
    "invoice_partly_shipped": _partly_shipped,
    **dict.fromkeys(STATUS, _status),
    **dict.fromkeys(
        [f"{kind}_{done}" for kind in PAPERS for done in ("posted", "changed")], _posted
    ),
    **{f"{kind}_unposted": _unposted for kind in PAPERS},
}
