"""Carrying out a plan: exactly what it says, or nothing.

The plan is made again, in the very transaction that is then kept: between comparing and storing
there is no gap. What is sent to 1C is compared once more, at the moment of sending, and a document
that has changed there since is refused by its version.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store.tables.hub import cursor
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.papers import PaperCourier
from provodka.flows.hub import Hub
from provodka.flows.insight.planned import Held, Plan, PlannedChange
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.planning.differences import Came, Moved, came_later, moved
from provodka.flows.planning.guard import Guard
from provodka.flows.planning.messages import MessageGuard, send_message
from provodka.flows.planning.rehearsing import Heard, holding, rehearsal_of
from provodka.flows.planning.sheet import NotingCourier
from provodka.flows.recorded import Ran, record
from provodka.flows.streams import Stream
from provodka.flows.work import Rehearsal
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["Applied", "Sent", "WorldMoved", "apply"]

TRIES = 3
PATIENCE = 30.0
PAUSE = 0.1
BEFORE = text("SELECT stream, position FROM hub.cursor WHERE stream <> 'push:onec'")
BACK = text("""
    DELETE FROM hub.cursor WHERE stream <> 'push:onec' AND stream <> ALL(:streams)
""")


class WorldMoved(ProvodkaError):
    """Something that the plan speaks of is not as it was; `moved` names what."""

    def __init__(self, where: str, *, moved: Sequence[Moved], **said: Any) -> None:
        super().__init__(where, **said)
        self.moved = tuple(moved)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one planned document on its way to 1C."""

    kind: str
    document: str
    title: str
    state: str
    trouble: str
    as_planned: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan carried out: how its streams ended, what was sent, what came too late for it."""

    ran: tuple[Ran, ...]
    plan: Plan
    sent: tuple[Sent, ...] = ()
    later: int = 0

    @property
    def whole(self) -> bool:
        """Whether everything has been done as planned."""
        return all(one.as_planned for one in self.sent)


@dataclass
class _Stored:
    ran: tuple[Ran, ...] = ()
    later: set[tuple[str, str]] = field(default_factory=set)


def apply(hub: Hub, planned: Plan, streams: Sequence[Stream], heard: Heard) -> Applied:
    """Do what a plan says; what came since waits for the next run.

    Raises `WorldMoved`, and nothing is done, if anything in it would come out otherwise now.
    """
    with holding(hub.engine):
        stored = _store(hub, planned, streams, heard)
        sent = _send(hub, planned)
    ran = tuple(_of_sending(one, sent) if one.stream == "outbox" else one for one in stored.ran)
    for one in ran:
        record(hub, one)
    return Applied(ran, planned, sent, len(stored.later))


def _of_sending(rehearsed: Ran, sent: Sequence[Sent]) -> Ran:
    """What the delivery has really come to; a rehearsal tells only what it would come to."""
    counts = Counter(one.state for one in sent)
    aside = tuple(f"{one.kind} {one.document}" for one in sent if not one.as_planned)
    if rehearsed.state in ("failed", "skipped"):
        return rehearsed
    marked = bool(aside) or counts["dead"] + counts["flagged"] > 0
    return Ran(rehearsed.stream, "set_aside" if marked else "done", counts, "", aside)


def _store(hub: Hub, planned: Plan, streams: Sequence[Stream], heard: Heard) -> _Stored:
    stored = _Stored()
    for _try in range(TRIES):
        with Rehearsal.on(hub.engine, frozenset(stored.later)) as rehearsal:
            before = _positions(rehearsal.connection)
            now = rehearsal_of(hub, streams, rehearsal, heard)
            fresh = set(_named(rehearsal.connection, hub, came_later(planned, now.plan)))
            if not fresh - stored.later:
                _must_be(planned, _without_later(planned, now.plan))
                if stored.later:
                    _go_back(rehearsal.connection, before)
                rehearsal.keep()
                stored.ran = now.ran
                return stored
            stored.later |= fresh
    raise _moved(moved(planned, now.plan))


def _must_be(planned: Plan, now: Plan) -> None:
    found = moved(planned, now)
    if found:
        raise _moved(found)


def _without_later(planned: Plan, now: Plan) -> Plan:
    """Documents that came later go out with a later run: they are not in this plan's way."""
    known = {(one.kind, one.document) for one in planned.pushes}
    pushes = tuple(one for one in now.pushes if (one.kind, one.document) in known)
    return Plan(now.changes, now.set_aside, now.parked, now.conflicts, pushes, now.streams)


def _moved(found: Sequence[Moved]) -> WorldMoved:
    first = found[0]
    told = f"{first.document} {first.field}".strip()
    return WorldMoved(
        _("План"),
        moved=found,
        found=_("мир изменился с тех пор, как план составлен: {told}, всего {count}").format(
            told=told, count=len(found)
        ),
        expected=_("то же, что в плане"),
        next_step=_("ничего не сделано; составьте план снова: provodka sync --plan"),
        code="world_moved",
    )


def _named(connection: Connection, hub: Hub, came: Iterable[Came]) -> Iterator[tuple[str, str]]:
    """By which kinds and keys of their sources the items can be passed over."""
    for one in came:
        if isinstance(one.item, Held):
            yield _kind_of(hub, one.item.stream), one.item.external_key
        elif isinstance(one.item, PlannedChange):
            key = _external(connection, one.item)
            if key is not None:
                yield one.item.kind, key


def _kind_of(hub: Hub, stream: str) -> str:
    """`onec:payment_bank` → `payment`; a stream that has no mapping stands for itself."""
    system, _colon, name = stream.partition(":")
    mapping = hub.mappings.get(name) if system == SYSTEM else None
    return mapping.kind if mapping else stream


def _external(connection: Connection, item: PlannedChange) -> str | None:
    parts = item.document.split(":", 2)
    if len(parts) == 3:
        return parts[2]
    if "~" in item.document:
        return None
    found = connection.execute(
        text("SELECT external_key FROM hub.binding WHERE system = :system AND document = :key"),
        {"system": SYSTEM, "key": UUID(item.document)},
    )
    return found.scalar()


def _positions(connection: Connection) -> dict[str, Any]:
    return {row.stream: row.position for row in connection.execute(BEFORE)}


def _go_back(connection: Connection, before: dict[str, Any]) -> None:
    """What was passed over will be read again: reading stands where it stood."""
    connection.execute(BACK, {"streams": list(before)})
    for stream, position in before.items():
        connection.execute(
            cursor.update().where(cursor.c.stream == stream).values(position=position)
        )


def _send(hub: Hub, planned: Plan) -> tuple[Sent, ...]:
    """Deliver the planned documents and no others, until each of them has come to an end."""
    if planned.pushes and hub.exchange is not None:
        return _told(planned, send_message(hub, planned.pushes))
    if not planned.pushes or hub.base is None or hub.settings.onec is None:
        return ()
    guard = Guard(planned.pushes)
    wait = timedelta(seconds=hub.settings.onec.lost_answer_wait)
    courier = PaperCourier(hub, hub.base.handed(guard), lost_answer_wait=wait)
    documents = [UUID(one.document) for one in planned.pushes]
    ends = time.monotonic() + PATIENCE
    while True:
        deliver(hub.engine, NotingCourier(courier, guard), documents)
        if not _parents_wait(hub, documents) or time.monotonic() > ends:
            return _told(planned, guard)
        time.sleep(PAUSE)


def _parents_wait(hub: Hub, documents: Sequence[UUID]) -> bool:
    """Whether a planned document only waits for another planned one, which is there by now."""
    query = (
        select(text("1"))
        .select_from(text("hub.outbox"))
        .where(
            text(
                "target = :system AND document = ANY(:documents) AND state = 'waiting'"
                " AND trouble->>'code' = 'MissingParent' AND due_at < now() + interval '5 s'"
            )
        )
    )
    with hub.engine.connect() as connection:
        given = {"system": SYSTEM, "documents": list(documents)}
        return connection.execute(query, given).first() is not None


def _told(planned: Plan, guard: Guard | MessageGuard) -> tuple[Sent, ...]:
    return tuple(
        Sent(
            push.kind,
            push.document,
            push.title,
            state := guard.states.get(push.document, "absent"),
            guard.troubles.get(push.document, ""),
            state == push.state and guard.done.get(push.document, 0) == len(push.writes),
        )
        for push in planned.pushes
    )
