"""What people have changed in a calendar: moved and renamed events, by the server's sync token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from sqlalchemy import Connection, Engine, select, text

from provodka.connectors.calendars.caldav import CalDav, Changes, StaleToken, Stored
from provodka.connectors.crm_store import bindings, cursors, journal
from provodka.connectors.crm_store.tables.hub import binding
from provodka.flows.calendars.agreeing import agree, keep, system_of
from provodka.flows.calendars.courier import the_event
from provodka.flows.calendars.queueing import queue
from provodka.flows.calendars.showing import owner_of, shown_of
from provodka.foundation.errors import Misunderstood

__all__ = ["Source", "pull"]

FINISH = text("""
    UPDATE crm.task SET status = 'done', finished_at = now() WHERE id = :task AND status = 'open'
""")


@dataclass(frozen=True, slots=True)
class Source:
    """One employee's calendar, as it is read."""

    calendar: str
    email: str
    kinds: Collection[str]
    zone: tzinfo
    dav: CalDav


def pull(engine: Engine, source: Source) -> Counter[str]:
    """Read what has changed since the last time; counts `read`, `changed`, `conflicts`.

    The token moves in the transaction that keeps the changes. Events that are not of the hub's
    making are nobody's business but their owner's.
    """
    stream = system_of(source.calendar)
    with engine.connect() as connection:
        place = cursors.read(connection, stream)
    found = _changes(source, place["token"] if place else "")
    counts: Counter[str] = Counter()
    with engine.begin() as connection:
        journal.attribute(connection, stream)
        known = _known(connection, stream, [one.name for one in found.stored])
        for one in found.stored:
            if one.name in known:
                counts += _take(connection, source, one, *known[one.name])
        cursors.move(connection, stream, {"token": found.token})
    return counts


def _changes(source: Source, token: str) -> Changes:
    try:
        return source.dav.changes(token)
    except StaleToken:
        return source.dav.changes("")


def _known(
    connection: Connection, system: str, names: list[str]
) -> dict[str, tuple[str, UUID, str | None]]:
    rows = connection.execute(
        select(binding).where(binding.c.system == system, binding.c.external_key.in_(names))
    )
    return {row.external_key: (row.kind, row.document, row.external_version) for row in rows}


def _take(
    connection: Connection,
    source: Source,
    there: Stored,
    kind: str,
    document: UUID,
    version: str | None,
) -> Counter[str]:
    if version and version == there.etag:
        return Counter()
    owner = owner_of(connection, source.email)
    one = shown_of(connection, owner, source.kinds, kind, document) if owner else None
    try:
        event = the_event(there, source.zone)
    except Misunderstood:
        event = None
    if one is None or event is None:
        return Counter(read=1)
    bound = bindings.find(connection, system_of(source.calendar), kind, document)
    agreed = agree(connection, one, event, bound)
    keep(connection, source.calendar, agreed, there.etag, sent=False)
    if event.done:
        connection.execute(FINISH, {"task": document})
        return Counter(read=1, changed=1)
    if agreed.decided.send:
        queue(connection, source.calendar, kind, document, f"after:{there.etag}")
    return Counter(
        read=1, changed=int(bool(agreed.decided.take)), conflicts=len(agreed.decided.conflicts)
    )
