"""Named events in a change of a document: what happened, in the words that rules use.

Posting follows the accounting habit (setting (g) of the requirements' A12): posting an unchanged
document again is no event, posting a changed one is `…_changed`, taking a posting back is
`…_unposted`. The occurrence of a posting is the fingerprint of what was posted, so a document
that is unposted and posted again as it was wakes nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from provodka.foundation.i18n import marked
from provodka.trigger_rules.changes import Change, Row

__all__ = ["EVENTS", "Event", "EventKind", "Ranks", "events_of", "settled"]

Ranks = Mapping[tuple[str, str], int]
PAPERS = ("proposal", "invoice", "payment", "shipment")
BOOKKEEPING = frozenset(
    {
        "posted", "comment", "accounting", "accounting_note", "paid_amount", "shipped_amount",
        "sent_at", "created_at", "deleted_at",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event: about which document, narrowed by what (stage, result, kind, nothing).

    `title` is given to `_` when it is shown.
    """

    name: str
    kind: str
    of: str
    title: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event: `of` is the stage, result or kind; `occurrence` tells it from its like."""

    name: str
    of: str
    change: Change
    occurrence: str

    @property
    def kind(self) -> str:
        """The kind of the document that it happened to."""
        return self.change.kind

    @property
    def document(self) -> UUID:
        """The document that it happened to."""
        return self.change.document


def _kinds() -> Iterator[EventKind]:
    yield EventKind("stage_entered", "deal", "stage", marked("Сделка вошла в этап"))
    yield EventKind("stage_left", "deal", "stage", marked("Сделка вышла из этапа"))
    yield EventKind(
        "deal_moved_back", "deal", "stage", marked("Сделку вернули на более ранний этап")
    )
    yield EventKind("deal_closed", "deal", "result", marked("Сделка закрыта"))
    yield EventKind("deal_reopened", "deal", "", marked("Сделка открыта снова"))
    for kind in PAPERS:
        yield EventKind(f"{kind}_posted", kind, "", marked("Документ проведен"))
        yield EventKind(f"{kind}_changed", kind, "", marked("Проведенный документ изменен"))
        yield EventKind(f"{kind}_unposted", kind, "", marked("Проведение отменено"))
    yield EventKind("invoice_paid", "invoice", "", marked("Счет оплачен полностью"))
    yield EventKind("invoice_partly_paid", "invoice", "", marked("Счет оплачен частично"))
    yield EventKind("invoice_payment_reversed", "invoice", "", marked("Оплата счета уменьшилась"))
    yield EventKind("invoice_shipped", "invoice", "", marked("По счету отгружено все"))
    yield EventKind("invoice_partly_shipped", "invoice", "", marked("По счету отгружена часть"))
    yield EventKind(
        "invoice_shipment_reversed", "invoice", "", marked("Отгрузка по счету уменьшилась")
    )
    yield EventKind("task_done", "task", "", marked("Задача выполнена"))
    yield EventKind("task_failed", "task", "", marked("Задача не удалась"))
    yield EventKind("task_cancelled", "task", "", marked("Задача снята"))
    yield EventKind("document_created", "", "kind", marked("Документ создан"))
    yield EventKind("document_changed", "", "kind", marked("Документ изменен"))
    yield EventKind("document_deleted", "", "kind", marked("Документ удален"))


EVENTS: Mapping[str, EventKind] = {kind.name: kind for kind in _kinds()}


def events_of(change: Change, ranks: Ranks) -> list[Event]:
    """Every event in a change; `ranks` gives the order of (scenario, stage)."""
    found = list(_of_document(change))
    for reader in READERS.get(change.kind, ()):
        found.extend(reader(change, ranks))
    return found


def settled(amount: Decimal | int, done: Decimal | int) -> bool:
    """Whether a sum is covered in full; nothing to cover is never covered."""
    return 0 < amount <= done


def _of_document(change: Change) -> Iterator[Event]:
    before, after = _alive(change.before), _alive(change.after)
    if not before and after:
        yield _event("document_created", change, change.kind)
    elif before and not after:
        yield _event("document_deleted", change, change.kind)
    elif before != after or change.parts:
        yield _event("document_changed", change, change.kind)


def _of_stage(change: Change, ranks: Ranks) -> Iterator[Event]:
    before, after = change.before or {}, change.after or {}
    if not after or before.get("stage_entry") == after.get("stage_entry"):
        return
    left, entered = before.get("stage"), after.get("stage")
    if left:
        yield _event("stage_left", change, left, f"entry-{before['stage_entry']}")
    if entered:
        yield _event("stage_entered", change, entered, f"entry-{after['stage_entry']}")
        old = ranks.get((before.get("scenario", ""), left or ""), 0)
        if after["status"] == "open" and ranks.get((after["scenario"], entered), old) < old:
            yield _event("deal_moved_back", change, entered, f"entry-{after['stage_entry']}")


def _of_result(change: Change, _ranks: Ranks) -> Iterator[Event]:
    was = (change.before or {}).get("status", "open")
    now = (change.after or {}).get("status", was)
    if was == "open" and now != "open":
        yield _event("deal_closed", change, now)
    elif was != "open" and now == "open":
        yield _event("deal_reopened", change)


def _of_posting(change: Change, _ranks: Ranks) -> Iterator[Event]:
    was, now = _posted(change.before), _posted(change.after)
    if change.before == {} and change.parts:
        yield _event(f"{change.kind}_changed", change)
    elif now and not was:
        yield _event(f"{change.kind}_posted", change, "", f"as-{_fingerprint(change.row)}")
    elif was and not now:
        yield _event(f"{change.kind}_unposted", change)
    elif was and now and (change.parts or _content(change.before) != _content(change.after)):
        yield _event(f"{change.kind}_changed", change)


def _of_settlement(change: Change, _ranks: Ranks) -> Iterator[Event]:
    before, after = change.before or {}, change.after or {}
    if not after:
        return
    for done, whole in (("paid", "paid_amount"), ("shipped", "shipped_amount")):
        was, now = before.get(whole, 0), after[whole]
        full = settled(after["amount"], now)
        if full and not settled(before.get("amount", 0), was):
            yield _event(f"invoice_{done}", change)
        elif now > was and not full:
            yield _event(f"invoice_partly_{done}", change)
        elif now < was:
            name = "payment" if done == "paid" else "shipment"
            yield _event(f"invoice_{name}_reversed", change)


def _of_task(change: Change, _ranks: Ranks) -> Iterator[Event]:
    was = (change.before or {}).get("status", "open")
    now = (change.after or {}).get("status", was)
    if was == "open" and now != "open":
        yield _event(f"task_{now}", change)


READERS: Mapping[str, tuple[Callable[[Change, Ranks], Iterator[Event]], ...]] = {
    "deal": (_of_stage, _of_result),
    "proposal": (_of_posting,),
    "invoice": (_of_posting, _of_settlement),
    "payment": (_of_posting,),
    "shipment": (_of_posting,),
    "task": (_of_task,),
}


def _event(name: str, change: Change, of: str = "", occurrence: str = "") -> Event:
    return Event(name, of, change, occurrence or f"{name}-{change.id}")


def _alive(row: Row | None) -> Row | None:
    return row if row is not None and row.get("deleted_at") is None else None


def _posted(row: Row | None) -> bool:
    return bool(row and row["posted"] and row.get("deleted_at") is None)


def _content(row: Row | None) -> dict[str, Any]:
    return {name: value for name, value in (row or {}).items() if name not in BOOKKEEPING}


def _fingerprint(row: Row) -> str:
    content = ((name, _plain(value)) for name, value in sorted(_content(row).items()))
    return hashlib.sha256(repr(list(content)).encode()).hexdigest()[:12]


def _plain(value: Any) -> str:
    if isinstance(value, bool | str) or value is None:
        return repr(value)
    return f"{Decimal(value).normalize():f}" if isinstance(value, int | Decimal) else repr(value)
