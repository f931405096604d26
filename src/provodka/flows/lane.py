"""The fast lane: wakes on PostgreSQL's NOTIFY, so that a commit is acted on at once.

It is a hint for latency, never a guarantee: the schedules do the same work by the same
functions, and every step takes its own lock, so running twice at once is harmless.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import psycopg
import structlog
from sqlalchemy import Engine

from provodka.flows.deliver.couriers import couriers
from provodka.flows.deliver.loop import deliver
from provodka.flows.hub import Hub
from provodka.flows.onec.watching import watch_invoices
from provodka.flows.triggers.apply import apply_triggers
from provodka.foundation.errors import ProvodkaError

__all__ = ["Lane"]

log = structlog.get_logger("provodka.lane")
POLL_SECONDS = 1.0
LONGEST_PAUSE = 30.0


@dataclass
class Worker:
    """A thread that runs `work` whenever it is woken, and once a second in any case."""

    name: str
    work: Callable[[], object]
    stopping: threading.Event
    woken: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Work until told to stop; a failure is logged and tried again, ever more slowly."""
        pause = POLL_SECONDS
        while not self.stopping.is_set():
            self.woken.clear()
            try:
                self.work()
                pause = POLL_SECONDS
            except ProvodkaError as error:
                pause = min(pause * 2, LONGEST_PAUSE)
                log.warning("lane_trouble", worker=self.name, code=error.code, retry_in=pause)
            except Exception:
                pause = min(pause * 2, LONGEST_PAUSE)
                log.exception("lane_failed", worker=self.name, retry_in=pause)
            self.woken.wait(pause)


class Lane:
    """Rules and outgoing invoices in one thread, each target's delivery in its own.

    A slow or dead system holds up its own deliveries only.
    """

    def __init__(self, hub: Hub) -> None:
        self.stopping = threading.Event()
        self._engine = hub.engine
        self._workers = [Worker("decide", lambda: decide(hub), self.stopping)]
        self._workers += [
            Worker(courier.target, partial(deliver, hub.engine, courier), self.stopping)
            for courier in couriers(hub)
        ]

    def run(self) -> None:
        """Work until `stop` is called."""
        threads = [threading.Thread(target=one.run, name=one.name) for one in self._workers]
        for thread in threads:
            thread.start()
        while not self.stopping.is_set():
            try:
                self._listen()
            except psycopg.OperationalError as error:
                log.warning("lane_lost_database", error=type(error).__name__)
                self.stopping.wait(POLL_SECONDS)
        self._wake()
        for thread in threads:
            thread.join()

    def stop(self) -> None:
        """End `run` after the steps under way."""
        self.stopping.set()

    def _listen(self) -> None:
        with psycopg.connect(_plain_url(self._engine), autocommit=True) as connection:
            connection.execute("LISTEN hub_delta; LISTEN hub_outbox")
            self._wake()
            while not self.stopping.is_set():
                for _notice in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    self._wake()

    def _wake(self) -> None:
        for worker in self._workers:
            worker.woken.set()


def decide(hub: Hub) -> None:
    """Apply the rules to what has changed, and queue what must go to 1C."""
    apply_triggers(hub.engine, hub.book, hub.calendar, hub.clock())
    watch_invoices(hub)


def _plain_url(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
