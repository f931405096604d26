"""What has changed in a base, for a person to see and to accept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provodka.connectors.crm_store import base_schema
from provodka.flows.hub import Hub
from provodka.flows.onec.metadata.shapes import unpacked
from provodka.flows.onec.metadata.watching import ANEW, look
from provodka.flows.onec.queueing import SYSTEM
from provodka.mappings.drift import Change, Touch, diff, touches

__all__ = ["Changed", "accepted", "changed"]

PERSON = "person:cli"


@dataclass(frozen=True, slots=True)
class Changed:
    """The changes from one state of the base to a newer one; `before` is empty for the first.

    `touched` are those that concern a mapping, by its name; `waiting` tells that the newer state
    has not been agreed with.
    """

    before: datetime | None
    after: datetime | None
    changes: tuple[Change, ...] = ()
    touched: dict[str, tuple[Touch, ...]] | None = None
    waiting: bool = False


def changed(hub: Hub, *, anew: bool = False) -> Changed:
    """The newest state against the agreed one, or, when it is agreed, against the one before.

    `anew` asks the base first, which on a large one takes half a minute.
    """
    if anew:
        look(hub, hub.engine, ANEW)
    with hub.engine.connect() as connection:
        states = base_schema.history(connection, SYSTEM)
        agreed = base_schema.agreed(connection, SYSTEM)
    if not states:
        return Changed(None, None)
    newest, *older = states
    waiting = newest.agreed_at is None
    before = agreed if waiting else next(iter(older), None)
    if before is None:
        return Changed(None, newest.first_seen)
    found = diff(unpacked(before.shape), unpacked(newest.shape))
    touched = {name: touches(mapping, found) for name, mapping in hub.mappings.items()}
    return Changed(
        before.first_seen,
        newest.first_seen,
        found,
        {name: those for name, those in touched.items() if those},
        waiting,
    )


def accepted(hub: Hub) -> bool:
    """Take the newest state for what the mappings are made for; False if it already is."""
    with hub.engine.begin() as connection:
        newest = base_schema.latest(connection, SYSTEM)
        return newest is not None and base_schema.agree(connection, newest.id, PERSON)
