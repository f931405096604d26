"""A document and its event: what each side takes from the other, and what a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.calendars.events import Event
from provodka.connectors.crm_store import bindings, conflicts
from provodka.connectors.crm_store.bindings import Binding
from provodka.flows.calendars.showing import Shown, name_of, seen_in, table_of
from provodka.mappings.reconcile import Reconciled, reconcile
from provodka.mappings.snapshot import canonical

__all__ = ["Agreement", "agree", "keep", "system_of"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was decided about a document: `decided.take` is for us, `decided.send` for them."""

    shown: Shown
    base: Mapping[str, Any] | None
    decided: Reconciled


def system_of(calendar: str) -> str:
    """A calendar as the store knows it: the system of bindings, streams, errands and origins."""
    return f"calendar:{calendar}"


def agree(connection: Connection, shown: Shown, event: Event, bound: Binding | None) -> Agreement:
    """Compare the sides with what they last agreed on.

    An event that no binding knows was written with an answer that was lost: it carries itself
    what the hub then wrote.
    """
    base = bound.snapshot if bound else event.agreed
    disputed = conflicts.open_fields(connection, [shown.document]).get(shown.document, set())
    theirs = seen_in(shown.kind, event)
    decided = reconcile(base, shown.values, theirs, {}, disputed=disputed & set(theirs))
    return Agreement(shown, base, decided)


def keep(
    connection: Connection, calendar: str, agreed: Agreement, etag: str, *, sent: bool
) -> None:
    """Take into the store what is to be taken, open and close conflicts, remember the agreement."""
    shown, decided = agreed.shown, agreed.decided
    table, system = table_of(shown.kind), system_of(calendar)
    if decided.take:
        connection.execute(table.update().where(table.c.id == shown.document).values(decided.take))
    for one in decided.conflicts:
        conflicts.record(
            connection,
            stream=system,
            kind=shown.kind,
            document=shown.document,
            field=one.field,
            sides=canonical([one.base, one.ours, one.theirs]),
        )
    conflicts.dissolve(connection, shown.document, decided.dissolved)
    snapshot = decided.settled(agreed.base, sent=sent)
    bindings.save(
        connection,
        Binding(system, shown.kind, name_of(shown.document), shown.document, etag, snapshot),
    )
