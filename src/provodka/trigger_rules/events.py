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
from functools import lru_cache
from typing import Any
from uuid import UUID

from provodka.trigger_rules.changes import Change, Row
from provodka.trigger_rules.event_kinds import BY_CLIENT, EVENTS, EventKind

__all__ = ["BY_CLIENT", "EVENTS", "Event", "EventKind", "Ranks", "events_of", "settled"]

Ranks = Mapping[tuple[str, str], int]
MISSED = ("missed", "abandoned")
BOOKKEEPING = frozenset(
    {
        "posted", "comment", "accounting", "accounting_note", "paid_amount", "shipped_amount",
        "sent_at", "created_at", "deleted_at",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One event: `of` is the stage, result or kind; `occurrence` tells it from its like.

    `about` names the document when it is not the one that changed: a signal speaks of
    another. `through_client` is an event of a client, seen for one of the client's deals.
    """

    name: str
    of: str
    change: Change
    occurrence: str
    about: tuple[str, UUID] | None = None
    through_client: bool = False

    @property
    def kind(self) -> str:
        """The kind of the document that it happened to."""
        return self.about[0] if self.about else self.change.kind

    @property
    def document(self) -> UUID:
        """The document that it happened to."""
        return self.about[1] if self.about else self.change.document


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


def _of_pause(change: Change, _ranks: Ranks) -> Iterator[Event]:
    was, now = ((row or {}).get("paused_at") for row in (change.before, change.after))
    if now and not was:
        yield _event("deal_paused", change)
    elif was and not now and change.after:
        yield _event("deal_resumed", change)


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
        if change.row.get("kind") == "delivery" and now in ("done", "failed"):
            yield _event(f"delivery_{now}", change)


def _of_call(change: Change, _ranks: Ranks) -> Iterator[Event]:
    before, after = _alive(change.before) or {}, _alive(change.after) or {}
    for name, told in (
        ("call_incoming", lambda row: row.get("direction") == "incoming"),
        ("call_missed", _missed),
        ("call_finished", lambda row: row.get("outcome") == "answered"),
    ):
        if told(after) and not told(before):
            yield _event(name, change, "", name)


def _missed(row: Row) -> bool:
    return row.get("direction") == "incoming" and row.get("outcome") in MISSED


def _of_message(change: Change, _ranks: Ranks) -> Iterator[Event]:
    before, after = change.before or {}, _alive(change.after) or {}
    if after.get("direction") == "incoming" and not before and not after.get("past"):
        yield _event("mail_received", change, "", "mail_received")
    for name in ("read", "bounced"):
        if after.get(f"{name}_at") and not before.get(f"{name}_at"):
            yield _event(f"mail_{name}", change, "", f"mail_{name}")


def _of_visit(change: Change, _ranks: Ranks) -> Iterator[Event]:
    if not change.before and change.after:
        yield _event("site_visit", change, "", "site_visit")
        if change.after["after_order"]:
            yield _event("return_visit", change, "", "return_visit")


def _of_form(change: Change, _ranks: Ranks) -> Iterator[Event]:
    if not change.before and change.after:
        asked = change.after["kind"] == "callback"
        name = "callback_asked" if asked else "form_filled"
        yield _event(name, change, "" if asked else change.after["form"] or "", name)


def _of_signal(change: Change, _ranks: Ranks) -> Iterator[Event]:
    """A signal is the event that it names, of the document that it is about."""
    row = change.after
    if row and not change.before:
        about = (row["kind"], UUID(row["about"])) if row["about"] else None
        yield Event(row["name"], row["of"] or "", change, row["key"], about)


READERS: Mapping[str, tuple[Callable[[Change, Ranks], Iterator[Event]], ...]] = {
    "call": (_of_call,),
    "deal": (_of_stage, _of_result, _of_pause),
    "form_entry": (_of_form,),
    "message": (_of_message,),
    "signal": (_of_signal,),
    "visit": (_of_visit,),
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
    content = [(name, _plain(row[name])) for name in _told_apart(tuple(row))]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]


@lru_cache(maxsize=256)
def _told_apart(names: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that make a posting another one, in order."""
    return tuple(sorted(set(names) - BOOKKEEPING))


def _plain(value: Any) -> str:
    if value is None or isinstance(value, (str, bool)):
        return repr(value)
    return f"{Decimal(value).normalize():f}" if isinstance(value, int | Decimal) else repr(value)
