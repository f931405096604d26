"""Which documents have to be looked at again in which calendar: queued as errands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from provodka.connectors.crm_store import cursors, journal, outbox
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.connectors.crm_store.tables.hub import binding
from provodka.flows.calendars.agreeing import system_of
from provodka.flows.calendars.showing import FIELDS, owner_of, shown

__all__ = ["queue", "watch"]

STREAM = "calendars"
AT_ONCE = 500


def queue(
    connection: Connection,
    calendar: str,
    kind: str,
    document: UUID,
    reason: str,
    delta: Delta | None = None,
) -> bool:
    """Put a document's event in order; the same `reason` twice is one errand."""
    return outbox.enqueue(
        connection,
        outbox.Intent(
            key=f"{system_of(calendar)}:{kind}:{document}:{reason}",
            target=system_of(calendar),
            operation="event.put",
            kind=kind,
            document=document,
            cause=delta.id if delta else None,
            depth=delta.depth if delta else 0,
        ),
    )


def watch(engine: Engine, calendars: Mapping[str, str], kinds: Collection[str]) -> Counter[str]:
    """Queue what has changed since the last time; `calendars` are employees' addresses by name.

    A calendar that is new gets everything that its employee has to do. Counts `queued`.
    """
    counts: Counter[str] = Counter()
    for calendar, email in calendars.items():
        counts["queued"] += _begun(engine, calendar, email, kinds)
    while True:
        with engine.begin() as connection:
            place = Position.from_json(cursors.read(connection, STREAM))
            if place is None:
                # What was before is put there when a calendar begins.
                if (last := journal.latest(connection)) is not None:
                    cursors.move(connection, STREAM, last.to_json())
                return counts
            deltas = journal.read_deltas(connection, place, AT_ONCE, list(FIELDS))
            if not deltas:
                return counts
            for calendar, email in calendars.items():
                counts["queued"] += _concerned(connection, calendar, email, kinds, deltas)
            cursors.move(connection, STREAM, deltas[-1].position.to_json())


def _begun(engine: Engine, calendar: str, email: str, kinds: Collection[str]) -> int:
    with engine.begin() as connection:
        stream = f"{system_of(calendar)}:begun"
        owner = owner_of(connection, email)
        if owner is None or cursors.read(connection, stream) is not None:
            return 0
        cursors.move(connection, stream, {})
        if cursors.read(connection, STREAM) is None and (last := journal.latest(connection)):
            cursors.move(connection, STREAM, last.to_json())
        found = shown(connection, owner, kinds)
        return sum(queue(connection, calendar, one.kind, one.document, "begun") for one in found)


def _concerned(
    connection: Connection,
    calendar: str,
    email: str,
    kinds: Collection[str],
    deltas: Iterable[Delta],
) -> int:
    """Documents of this employee, and those that were when they were last put there."""
    ours = {
        (delta.kind, delta.document): delta
        for delta in deltas
        if delta.origin != system_of(calendar)
    }
    owner = owner_of(connection, email)
    if owner is None or not ours:
        return 0
    now = {(one.kind, one.document) for one in shown(connection, owner, kinds, list(ours))}
    before = connection.execute(
        select(binding.c.kind, binding.c.document).where(
            binding.c.system == system_of(calendar),
            binding.c.document.in_([document for _kind, document in ours]),
        )
    )
    wanted = now | {(kind, document) for kind, document in before}
    return sum(
        queue(connection, calendar, kind, document, str(delta.id), delta)
        for (kind, document), delta in ours.items()
        if (kind, document) in wanted
    )
