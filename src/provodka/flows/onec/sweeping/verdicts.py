"""What it means that one key looks so there and so here: pure, asks nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

__all__ = ["EXPLAINED", "WHATS", "Drift", "Seen", "Tally", "by_what", "judge", "unexplained"]

What = Literal["missing", "extra", "different", "not_sent"]
WHATS: tuple[What, ...] = ("missing", "extra", "different", "not_sent")
EXPLAINED = frozenset({"parked", "set_aside", "refused", "revived"})
"""Reasons that people have been told of elsewhere: what waits for a parent or for a person."""

Tally = Counter[tuple[str, str]]
"""How many drifts there are, by what they are and why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One key as both sides have it.

    `listed` by the base, `bound` to a document here, which is `stored`. `marked` for deletion
    there, `buried` here. `parked` and `set_aside` tell that its newest version waits in the hub.
    """

    key: str
    document: UUID | None
    listed: bool
    bound: bool
    stored: bool
    their_version: str | None = None
    our_version: str | None = None
    marked: bool = False
    buried: bool = False
    parked: bool = False
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Drift:
    """One document in which both sides do not agree though they should.

    `what` is `missing` (there, not here), `extra` (here, not there), `different` (changed there
    and not taken, or here behind the hub's back) or `not_sent` (changed here and never sent). `key`
    is empty for a document that never was there, `fields` name those that differ, if it is known.
    """

    what: What
    why: str
    key: str
    document: UUID | None = None
    fields: tuple[str, ...] = ()


def judge(seen: Seen, *, writes: bool) -> Drift | None:
    """The drift that one key shows, if any; `writes` tells that the hub writes such documents.

    A document marked for deletion there that never was here is none of the hub's.
    """
    if not seen.listed:
        lost = seen.bound and seen.stored and not seen.buried
        return Drift("extra", "gone", seen.key, seen.document) if lost else None
    if not (seen.bound and seen.stored):
        if seen.marked:
            return None
        why = _waits(seen) or ("removed" if seen.bound else "new")
        return Drift("missing", why, seen.key, seen.document)
    if seen.their_version != seen.our_version:
        return Drift("different", _waits(seen) or "version", seen.key, seen.document)
    if seen.marked != seen.buried:
        # The version is the agreed one, so it is our mark that has changed since.
        return Drift("not_sent" if writes else "different", "mark", seen.key, seen.document)
    return None


def _waits(seen: Seen) -> str:
    if seen.set_aside:
        return "set_aside"
    return "parked" if seen.parked else ""


def by_what(tally: Tally) -> Counter[str]:
    """The numbers without the reasons."""
    counts: Counter[str] = Counter()
    for (what, _why), count in tally.items():
        counts[what] += count
    return counts


def unexplained(tally: Mapping[tuple[str, str], int]) -> int:
    """How many drifts nobody has been told of yet."""
    return sum(count for (_what, why), count in tally.items() if why not in EXPLAINED)
