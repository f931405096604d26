"""One run of one stream: alone, recorded in the store, its end told as a value."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from provodka.connectors.crm_store import locks, runs
from provodka.connectors.crm_store.troubles import store_trouble
from provodka.flows.hub import Hub
from provodka.flows.onec.pulling import ACCOUNTING, CATALOGS
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.streams import Stream
from provodka.flows.tolerance import TooManySetAside
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["EXPECTED", "SKIPPED", "Ran", "code_of", "explained", "record", "run_recorded"]

log = structlog.get_logger("provodka.run")
EXPECTED = (ProvodkaError, OperationalError)
"""Troubles of life, told without a traceback: ours, and a database that has gone away."""
Heard = Callable[[Mapping[str, int]], None]
SET_ASIDE = ("set_aside", "flagged", "dead")
SKIPPED = ("no_base", "not_declared")
MOST_NAMED = 10
PACE = 1.0
"""How often at most (in seconds) a run under way says how far it has come."""
NAMED = text("""
    WITH began AS (SELECT started_at AS at FROM hub.run WHERE id = :run)
    SELECT q.stream || ' ' || q.external_key FROM hub.quarantine q, began
    WHERE q.state = 'open' AND q.last_seen >= began.at
      AND q.stream LIKE ANY (CAST(:streams AS text[]))
    UNION ALL
    SELECT o.key FROM hub.outbox o, began
    WHERE o.state IN ('dead', 'flagged') AND o.settled_at >= began.at AND :outbox
""")
FROM_1C = [*(f"{SYSTEM}:{name}" for name in (*CATALOGS, *ACCOUNTING)), f"feed:{SYSTEM}"]
"""A message of an exchange plan holds documents of any kind, whichever stream has taken it."""
QUARANTINES: Mapping[str, Sequence[str]] = {
    "catalogs": FROM_1C,
    "accounting": FROM_1C,
    "exchange": FROM_1C,
    "settlements": ["settlements"],
    "stock": ["stock"],
    "bank": ["bank"],
    "calls": ["calls:%"],
    "mail": ["mail:%"],
    "inbox": ["inbox"],
    "triggers": ["triggers"],
}


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended.

    `state` is `done`, `set_aside` (done, but `aside` names documents that wait for a person),
    `failed` (`note` says why), `skipped` (its system is not configured) or `busy` (another
    process is running the same stream).
    """

    stream: str
    state: str
    counts: Mapping[str, int]
    note: str = ""
    aside: tuple[str, ...] = ()


def run_recorded(hub: Hub, stream: Stream, heard: Heard = lambda _counts: None) -> Ran:
    """Run a stream to its end; a failure is recorded and returned, never raised.

    Runs of the stream whose process was killed are recorded as interrupted. `heard` is told how
    far it has come, about once a second; the store's list of runs shows the same. A run that has
    lost its store cannot be recorded: the next one finds it interrupted.
    """
    try:
        return _recorded(hub, stream, heard)
    except Exception as error:
        if store_trouble(error) is None:
            raise
        log.warning("run_not_recorded", stream=stream.name, code=code_of(error))
        return Ran(stream.name, "failed", {}, explained(error))


def _recorded(hub: Hub, stream: Stream, heard: Heard) -> Ran:
    with locks.alone(hub.engine, f"run:{stream.name}") as mine:
        if not mine:
            return Ran(stream.name, "busy", {}, _("этот поток уже выполняет другой процесс"))
        with hub.engine.begin() as connection:
            _bury_dead(connection, stream.name)
            number = runs.start(connection, stream.name)
        with hub.tally.heard_by(_Slowly(heard, _kept(hub, number))):
            ran = _run(hub, stream)
        log.info("stream_ran", stream=stream.name, state=ran.state, counts=dict(ran.counts))
        with hub.engine.begin() as connection:
            state = "done" if ran.state == "skipped" else ran.state
            runs.finish(connection, number, state, ran.counts, ran.note)
            if ran.state != "set_aside":
                return ran
            aside = _named(connection, stream.name, number)
            return Ran(ran.stream, ran.state, ran.counts, ran.note, aside)


def record(hub: Hub, ran: Ran) -> None:
    """Keep a run that was carried out by other means: by a plan."""
    if ran.state == "skipped":
        return
    with hub.engine.begin() as connection:
        number = runs.start(connection, ran.stream)
        runs.finish(connection, number, ran.state, ran.counts, ran.note)


def _bury_dead(connection: Connection, stream: str) -> None:
    note = _("прерван: процесс, который его выполнял, исчез; следующий продолжил с того же места")
    dead = runs.interrupt(connection, stream, note)
    if dead:
        log.warning("stream_was_interrupted", stream=stream, runs=dead)


def _kept(hub: Hub, number: int) -> Heard:
    def keep(counts: Mapping[str, int]) -> None:
        with hub.engine.begin() as connection:
            runs.count(connection, number, counts)

    return keep


class _Slowly:
    """Passes counts on, about once a second."""

    def __init__(self, *listeners: Heard) -> None:
        self._listeners = listeners
        self._next = time.monotonic() + PACE

    def __call__(self, counts: Counter[str]) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PACE
        for listener in self._listeners:
            listener(counts)


def _run(hub: Hub, stream: Stream) -> Ran:
    try:
        counts = stream.run(hub, hub.engine)
    except Exception as error:
        if getattr(error, "code", "") in SKIPPED:
            return Ran(stream.name, "skipped", {}, _("не настроен"))
        if isinstance(error, EXPECTED) or store_trouble(error):
            log.warning("stream_failed", stream=stream.name, code=code_of(error))
        else:
            log.exception("stream_broke", stream=stream.name)
        if isinstance(error, TooManySetAside):
            with hub.engine.begin() as connection:
                error.keep(connection)
        return Ran(stream.name, "failed", {}, explained(error))
    aside = any(counts[name] for name in SET_ASIDE)
    return Ran(stream.name, "set_aside" if aside else "done", counts)


def code_of(error: Exception) -> str:
    """A short name of the trouble for logs."""
    known = error if isinstance(error, ProvodkaError) else store_trouble(error)
    return known.code if known else type(error).__name__


def explained(error: Exception) -> str:
    """An error for a person to read; of a foreign one only its kind, for it may quote a row."""
    if isinstance(error, ProvodkaError):
        return "\n".join(map(str, (error, *getattr(error, "others", ()))))
    if (trouble := store_trouble(error)) is not None:
        return str(trouble)
    return _("внутренняя ошибка {kind}, подробности в журнале").format(kind=type(error).__name__)


def _named(connection: Connection, stream: str, number: int) -> tuple[str, ...]:
    given = {
        "run": number,
        "streams": list(QUARANTINES.get(stream, ())),
        "outbox": stream == "outbox",
    }
    found = list(connection.execute(NAMED, given).scalars())
    more = len(found) - MOST_NAMED
    rest = (_("и еще {count}").format(count=more),) if more > 0 else ()
    return (*found[:MOST_NAMED], *rest)
