"""Leases of those who write to other systems: one that dies or falls silent is replaced.

A worker enrols at a target, takes errands under its number, and says that it is alive every few
seconds. It is replaced when its database session has ended (its process is gone: at once) or when
its lease has run out (it is frozen or cut off). Its errands then get a new token, and whatever it
still has to say about them is refused; before anything is written outside it asks `check`, which
knows without the database when the lease is over.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from provodka.connectors.crm_store.tables.workers import worker as table
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = [
    "ALIVE",
    "LEASE",
    "LostLease",
    "Terms",
    "Worker",
    "brief",
    "bury",
    "claiming",
    "enrolled",
    "gate",
]

log = structlog.get_logger("provodka.worker")
LEASE = timedelta(seconds=20)
BEATS = 4
"""How many times a lease is extended before it would run out."""
SESSION = 7_365_002
"""The first half of the advisory lock that a worker's session holds; the other is its number."""
BRIEF = "15s"

ALIVE = f"""
    EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = {SESSION}
            AND l.objid = CAST(w.id AS oid) AND l.objsubid = 2 AND l.database =
            (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
"""
"""Whether the session of the worker `w` has not ended (a condition in SQL)."""
BURY = text(f"""
    UPDATE hub.worker w SET ended_at = now(),
        state = CASE WHEN w.leased_until < now() THEN 'silent' ELSE 'gone' END
    WHERE w.target = :target AND w.state = 'working'
      AND (w.leased_until < now() OR NOT {ALIVE})
    RETURNING w.id, w.name, w.state, w.since
""")
HAND_ON = text("""
    UPDATE hub.outbox o SET held_by = NULL, token = o.token + 1,
        due_at = CASE WHEN o.intent_at IS NULL THEN o.due_at ELSE greatest(o.due_at,
            least(now(), w.leased_until) + make_interval(secs => :wait)) END
    FROM hub.worker w
    WHERE o.target = :target AND o.state IN ('waiting', 'sending', 'unsure')
      AND o.held_by = w.id AND w.id = ANY(:buried)
""")
HANG_UP = text(f"""
    SELECT pg_terminate_backend(l.pid) FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.classid = {SESSION} AND l.objsubid = 2
      AND l.objid = ANY(CAST(CAST(:silent AS text[]) AS oid[]))
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
""")
ENTER = text("SELECT pg_try_advisory_lock_shared(hashtextextended(:gate, 0))")
PRESENT = text(f"SELECT pg_advisory_lock({SESSION}, CAST(:id AS int))")
ENROL = text("""
    INSERT INTO hub.worker (name, target, leased_until)
    SELECT :name, :target, now() + make_interval(secs => :seconds)
    WHERE (SELECT count(*) FROM hub.worker WHERE target = :target AND state = 'working') < :places
    RETURNING id
""")
EXTEND = text("""
    UPDATE hub.worker SET leased_until = now() + make_interval(secs => :seconds)
    WHERE id = :id AND state = 'working'
""")
GIVE_BACK = text("""
    UPDATE hub.outbox SET held_by = NULL, token = token + 1
    WHERE target = :target AND state IN ('waiting', 'sending', 'unsure') AND held_by = :id
""")
FORGET = text("DELETE FROM hub.worker WHERE ended_at < now() - interval '30 days'")


class LostLease(ProvodkaError):
    """Another worker has this errand by now: nothing may be written, here or outside."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How many may write to one system at once, how long silence is borne, what is in flight.

    After a worker's death, what it had begun is looked up no sooner than `lost_answer_wait`.
    """

    places: int = 1
    lease: timedelta = LEASE
    lost_answer_wait: timedelta = timedelta()


def _clock() -> float:
    """Seconds that go on while the process is stopped, and while the computer sleeps."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass
class Worker:
    """One that writes to a target; `id` is None for whoever is there alone, under a lock."""

    target: str
    id: int | None = None
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    terms: Terms = Terms()
    _until: float = float("inf")
    _lost: bool = False

    def check(self) -> None:
        """Raise `LostLease` unless nobody else can have been given this worker's errands."""
        if self.is_lost:
            raise LostLease(
                self.name,
                found=_("срок исполнителя истек, его поручения отданы другому"),
                next_step=_("ничего делать не нужно"),
                code="lost_lease",
            )

    @property
    def is_lost(self) -> bool:
        """Whether `check` refuses."""
        return self._lost or _clock() >= self._until

    def lose(self) -> None:
        """From now on `check` refuses."""
        self._lost = True

    def extend(self, connection: Connection) -> None:
        """Say in the current transaction that it is alive. Raises `LostLease` if replaced."""
        if self.id is None:
            return
        given = {"id": self.id, "seconds": self.terms.lease.total_seconds()}
        if not connection.execute(EXTEND, given).rowcount:
            self.lose()
            self.check()

    def beat(self, connection: Connection) -> None:
        """Say so in a transaction of its own; `check` is content for another lease's length."""
        began = _clock()
        with connection.begin():
            brief(connection)
            self.extend(connection)
        self._until = began + self.terms.lease.total_seconds()


def gate(target: str) -> str:
    """The lock that keeps everybody from writing to a target while it is held alone."""
    return f"deliver:{target}"


@contextmanager
def enrolled(engine: Engine, target: str, terms: Terms) -> Iterator[Worker | None]:
    """Be one of those who write to a target, for the block; None if there is no place.

    There is none while somebody holds the target's `gate` alone. The lease is extended by a
    thread while the block lasts; after it, errands that were taken and not ended are free for
    others.
    """
    with engine.connect() as connection:
        worker = _enrol(connection, target, terms)
        if worker is None:
            _let_go(connection)
            yield None
            return
        leaving = threading.Event()
        beats = threading.Thread(target=_beat, args=(connection, worker, leaving), daemon=True)
        beats.start()
        try:
            yield worker
        finally:
            leaving.set()
            beats.join()
            _retire(connection, worker)


def brief(connection: Connection) -> None:
    """Let the server end this transaction if its client falls silent in the middle of it.

    A frozen process would keep the rows that it has locked for as long as it is frozen.
    """
    connection.execute(BRIEFLY)


BRIEFLY = text(f"SELECT set_config('idle_in_transaction_session_timeout', '{BRIEF}', true)")


def bury(connection: Connection, target: str, lost_answer_wait: timedelta) -> int:
    """Replace those of a target's workers who are dead; how many there were.

    The caller holds the target's claim lock (`claiming`).
    """
    dead = connection.execute(BURY, {"target": target}).all()
    if not dead:
        return 0
    for one in dead:
        log.warning("worker_replaced", worker=one.name, target=target, state=one.state)
    wait = lost_answer_wait.total_seconds()
    buried = [one.id for one in dead]
    connection.execute(HAND_ON, {"target": target, "wait": wait, "buried": buried})
    silent = [str(one.id) for one in dead if one.state == "silent"]
    if silent:
        connection.execute(HANG_UP, {"silent": silent})
    return len(dead)


def claiming(connection: Connection, target: str) -> None:
    """Let nobody else take errands of a target, or a place at it, until the transaction ends."""
    name = f"claim:{target}"
    connection.execute(CLAIMING, {"name": name})


CLAIMING = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def _enrol(connection: Connection, target: str, terms: Terms) -> Worker | None:
    worker = Worker(target, terms=terms)
    began, seconds = _clock(), terms.lease.total_seconds()
    with connection.begin():
        brief(connection)
        if not connection.execute(ENTER, {"gate": gate(target)}).scalar():
            return None
        claiming(connection, target)
        bury(connection, target, terms.lost_answer_wait)
        connection.execute(FORGET)
        given = {"name": worker.name, "target": target, "places": terms.places}
        number = connection.execute(ENROL, {**given, "seconds": seconds}).scalar()
        if number is None:
            return None
        # Held before the row can be seen: nobody takes a newcomer for a dead one.
        connection.execute(PRESENT, {"id": number})
    worker.id, worker._until = int(number), began + seconds
    return worker


def _beat(connection: Connection, worker: Worker, leaving: threading.Event) -> None:
    pause = worker.terms.lease.total_seconds() / BEATS
    while not leaving.wait(pause):
        try:
            worker.beat(connection)
        except (LostLease, DBAPIError) as error:
            worker.lose()
            log.warning("lease_lost", worker=worker.name, reason=type(error).__name__)
            return


def _retire(connection: Connection, worker: Worker) -> None:
    """Give back what was not ended; a session that is broken gives everything back by itself."""
    with suppress(DBAPIError), connection.begin():
        brief(connection)
        connection.execute(GIVE_BACK, {"target": worker.target, "id": worker.id})
        mine = (table.c.id == worker.id) & (table.c.state == "working")
        connection.execute(table.delete().where(mine))
    _let_go(connection)


def _let_go(connection: Connection) -> None:
    """Give up the session's locks, or else the session."""
    try:
        with connection.begin():
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
    except DBAPIError:
        connection.invalidate()
