"""One rehearsal of streams: reading into the store and writing to 1C, both by their own code.

What is read is stored in a transaction that may be undone; what would be written is noted by a
hand at the very place where it would be sent. Everybody else's reading and writing waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import locks
from provodka.dashboards.insight.titles import titles
from provodka.flows.bank.watching import TAKING_FILES
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.papers import PaperCourier
from provodka.flows.hub import Hub
from provodka.flows.insight.plan import read_disputes, read_names, read_plan
from provodka.flows.insight.planned import Plan, Push
from provodka.flows.onec.pulling import TAKING
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.watching import STREAM
from provodka.flows.planning.messages import note_message
from provodka.flows.planning.reasons import Reasons
from provodka.flows.planning.sheet import NotingCourier, Sheet
from provodka.flows.recorded import SKIPPED, Ran, explained
from provodka.flows.streams import Stream
from provodka.flows.work import Rehearsal

__all__ = ["LOCKS", "Rehearsed", "holding", "rehearsal_of", "rehearse"]

LOCKS = (TAKING_FILES, STREAM, f"deliver:{SYSTEM}", TAKING)
"""Whoever takes one of these takes those after it, never those before it."""
SENDING = ("invoices", "outbox")
"""The streams that write to 1C: what they do here is told by the requests."""
MOST_ROUNDS = 10
HURRY = text("UPDATE hub.outbox SET due_at = now() WHERE id = ANY(:errands)")
Heard = Callable[[Stream, str], None]


@dataclass(frozen=True)
class Rehearsed:
    """How each stream ended, and what all of them would do.

    `names` are those of documents that the plan refers to, by the keys that it has for them.
    """

    ran: tuple[Ran, ...]
    plan: Plan
    names: Mapping[str, str] = field(default_factory=dict)


def _unheard(_stream: Stream, _state: str) -> None:
    """Nobody listens."""


@contextmanager
def holding(engine: Engine) -> Iterator[None]:
    """Nobody else reads 1C into the store or writes to it, in the block."""
    with locks.holding(engine, LOCKS):
        yield


def rehearse(hub: Hub, streams: Sequence[Stream], heard: Heard = _unheard) -> Rehearsed:
    """Run streams in one transaction, read what they did and would send, and undo it all."""
    with holding(hub.engine), Rehearsal.on(hub.engine) as rehearsal:
        return rehearsal_of(hub, streams, rehearsal, heard)


def rehearsal_of(
    hub: Hub, streams: Sequence[Stream], rehearsal: Rehearsal, heard: Heard = _unheard
) -> Rehearsed:
    """The same in a transaction of the caller's, who holds the locks and decides what stays.

    What came of noted requests is undone in any case.
    """
    rehearsal.connection.execute(text("SELECT pg_current_xact_id()"))
    inside, told = _inside(hub, rehearsal), Reasons(hub)
    ran: list[Ran] = []

    def run(stream: Stream, work: Callable[[], Counter[str]]) -> None:
        heard(stream, "")
        ran.append(_ran(stream, work))
        heard(stream, ran[-1].state)

    for stream in streams:
        if stream.name not in SENDING:
            run(stream, partial(stream.run, hub, rehearsal))
    names = tuple(stream.name for stream in streams)
    plan = read_plan(rehearsal.connection, told, streams=names)
    called = read_names(rehearsal.connection, plan)
    by_name = {stream.name: stream for stream in streams}
    if (queueing := by_name.get("invoices")) is not None:
        run(queueing, partial(queueing.run, inside, rehearsal))
    if (sending := by_name.get("outbox")) is not None:
        sheet = Sheet()
        with _undone(rehearsal.connection):
            run(sending, partial(_noted, inside, sheet, rehearsal.connection))
            plan = replace(plan, conflicts=read_disputes(rehearsal.connection))
            plan = replace(plan, pushes=_titled(rehearsal.connection, sheet.pushes))
    if hub.exchange is not None and by_name.keys() & {"exchange", "outbox"}:
        with _undone(rehearsal.connection):
            going = note_message(inside)
            plan = replace(plan, conflicts=read_disputes(rehearsal.connection))
            plan = replace(plan, pushes=_titled(rehearsal.connection, going))
    return Rehearsed(tuple(ran), plan, called)


def _ran(stream: Stream, work: Callable[[], Counter[str]]) -> Ran:
    try:
        counts = work()
    except Exception as error:
        skipped = getattr(error, "code", "") in SKIPPED
        return Ran(stream.name, "skipped" if skipped else "failed", {}, explained(error))
    aside = counts["set_aside"] + counts["dead"] + counts["flagged"]
    return Ran(stream.name, "set_aside" if aside else "done", counts)


def _noted(inside: Hub, sheet: Sheet, connection: Connection) -> Counter[str]:
    """Every errand for 1C that is due, noted; what waits for a parent waits no longer."""
    if inside.base is None:
        return Counter()
    base = inside.base.handed(sheet)
    courier = PaperCourier(inside, base, lost_answer_wait=_wait(inside), told=sheet.told)
    counts: Counter[str] = Counter()
    for _round in range(MOST_ROUNDS):
        sheet.unready.clear()
        counts += deliver(inside.engine, NotingCourier(courier, sheet))
        if not sheet.unready:
            break
        counts["postponed"] -= len(sheet.unready)
        connection.execute(HURRY, {"errands": list(sheet.unready)})
    return +counts


def _wait(hub: Hub) -> timedelta:
    return timedelta(seconds=hub.settings.onec.lost_answer_wait if hub.settings.onec else 0)


def _titled(connection: Connection, pushes: Mapping[tuple[str, UUID], Push]) -> tuple[Push, ...]:
    named: Mapping[Any, str] = titles(connection, pushes)
    return tuple(replace(one, title=named.get(key, "")) for key, one in pushes.items())


@contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    step = connection.begin_nested()
    try:
        yield
    finally:
        step.rollback()


def _inside(hub: Hub, rehearsal: Rehearsal) -> Hub:
    """The hub whose every transaction is a step of the rehearsal."""
    return replace(hub, engine=cast(Engine, _Inside(hub.engine, rehearsal)))


@dataclass(frozen=True)
class _Inside:
    """An engine with one connection; locks are asked of the real one."""

    engine: Engine
    rehearsal: Rehearsal

    @property
    def url(self) -> Any:
        return self.engine.url

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        yield self.rehearsal.connection

    def begin(self) -> AbstractContextManager[Connection]:
        return self.rehearsal.begin()
