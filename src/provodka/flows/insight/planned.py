"""A plan of a run as a frozen value, and its digest.

A plan made twice in the same world is the same to the last letter: keys that are made anew each
time are told by what the document is in its own system, and the time of the run is told as `now`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provodka.connectors.crm_store.engine import dump_json, load_json

__all__ = [
    "Dispute",
    "Held",
    "Plan",
    "PlannedChange",
    "PlannedEntry",
    "PlannedField",
    "Push",
    "Reason",
    "Wire",
    "plain",
    "same_moment",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value gives way: `wins` is `ours` or `theirs`, `why` a code (`wording.why_word`)."""

    wins: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlannedField:
    """One field: what it is, what it would be, whose value that is and why."""

    field: str
    before: Any
    after: Any
    wins: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """One row that would change: the document itself, or line `line` of its part."""

    part: str
    line: int | None
    op: str
    fields: tuple[PlannedField, ...]


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One document of the store that would be created, changed or deleted (`op` as in SQL).

    `document` is its key, or for one that would be created its name in the system that it
    comes from, `onec:invoice:…`.
    """

    op: str
    kind: str
    document: str
    title: str
    origin: str
    entries: tuple[PlannedEntry, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A document that would not get in: set aside with a reason, or parked for its parent."""

    stream: str
    external_key: str
    reason: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A field that both sides have changed differently: it would wait for a person."""

    stream: str
    kind: str
    document: str
    title: str
    field: str
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Wire:
    """One request that would change something in another system, to the letter."""

    method: str
    path: str
    body: Any


@dataclass(frozen=True, slots=True)
class Push:
    """One document that would be written to 1C: `op` as in `PlannedChange`.

    `fields` are in the hub's words, `writes` what would go over the wire, in its order. `state`
    and `trouble` tell how it would end, as far as that can be known: `dead` if it cannot be sent.
    """

    op: str
    kind: str
    document: str
    title: str
    state: str
    trouble: str
    fields: tuple[PlannedField, ...]
    writes: tuple[Wire, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run of these streams would do, both ways."""

    changes: tuple[PlannedChange, ...] = ()
    set_aside: tuple[Held, ...] = ()
    parked: tuple[Held, ...] = ()
    conflicts: tuple[Dispute, ...] = ()
    pushes: tuple[Push, ...] = ()
    streams: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of all of it; the order of the items does not count."""
        told = plain(self)
        for name, items in told.items():
            if name != "streams":
                items.sort(key=lambda item: json.dumps(item, sort_keys=True, default=str))
        text_of = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text_of.encode()).hexdigest()

    @property
    def size(self) -> int:
        """How many items it has."""
        held = len(self.set_aside) + len(self.parked) + len(self.conflicts)
        return len(self.changes) + len(self.pushes) + held


def plain(value: Any) -> Any:
    """A value as it comes back from JSON."""
    return load_json(dump_json(value))


def same_moment(value: str, now: str) -> bool:
    """Both are ISO times in UTC: the store leaves out zeros at the end of a second's fraction."""
    if value[:19] != now[:19]:
        return False
    try:
        return datetime.fromisoformat(value) == datetime.fromisoformat(now)
    except (ValueError, TypeError):
        return False
