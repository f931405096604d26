"""How often a rule may act for one deal or client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import Woken
from provodka.trigger_rules.moments import before_moment

__all__ = ["NEVER", "Firing", "History", "fired", "reached"]


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule acted at a time because of a document, for the so-manieth time."""

    at: datetime
    document: UUID
    occurrence: str


History = Mapping[tuple[str, UUID], Sequence[Firing]]
"""When a rule acted for a deal or client, by the rule's name and that key."""
NEVER: History = MappingProxyType({})


def reached(woken: Woken, history: History) -> bool:
    """Whether the rule has acted as often as it may; this same occasion does not count."""
    cap = woken.rule.text.at_most
    person = woken.facts.get(cap.per) if cap else None
    if cap is None or person is None:
        return False
    since = before_moment(cap.within, woken.now, woken.calendar).at
    this = (woken.event.document, woken.event.occurrence)
    acted = [
        one
        for one in history.get((woken.rule.name, person["id"]), ())
        if one.at > since and (one.document, one.occurrence) != this
    ]
    return len(acted) >= cap.times


def fired(woken: Woken) -> effects.Fired:
    """That the rule acts now, for its cap."""
    client = woken.facts.get("client")
    return effects.Fired(
        replace(woken.reason(0), part="fired"),
        woken.deal_id,
        client["id"] if client else None,
        woken.now,
    )
