"""Listening to PBXs while calls happen: one thread a PBX, connected again whenever it is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Engine

from provodka.connectors.crm_store import journal
from provodka.connectors.telephony.live.events import CallWatch
from provodka.connectors.telephony.live.holds import HoldWatch
from provodka.connectors.telephony.live.session import Session, connected
from provodka.connectors.telephony.options import PbxOptions
from provodka.flows.calls.ami import ami_settings
from provodka.flows.calls.live import forget_live, keep_live
from provodka.flows.calls.pull import keep_legs
from provodka.flows.hub import Hub
from provodka.flows.lane_worker import Worker

__all__ = ["Listener", "listeners"]

log = structlog.get_logger("provodka.calls")
STEP_SECONDS = 5.0
WAIT_SECONDS = 0.5
QUIET_SECONDS = 30.0
"""After as long without an event, the PBX is asked whether it is still there."""


def listeners(
    hub: Hub, stopping: threading.Event, record: Callable[[str, str], bool]
) -> Iterator[Worker]:
    """A worker for every PBX whose manager interface `hub.yaml` names."""
    for options in hub.settings.telephony:
        if options.ami is not None:
            listener = Listener(hub.engine, options, hub.clock, stopping)
            worker = Worker(f"ami:{options.name}", listener.step, stopping, record)
            listener.again = worker.woken.set
            yield worker


@dataclass
class Listener:
    """Follows the calls of one PBX; each `step` listens for a while on the same connection."""

    engine: Engine
    options: PbxOptions
    clock: Callable[[], datetime]
    stopping: threading.Event
    again: Callable[[], None] = lambda: None
    _opened: ExitStack = field(default_factory=ExitStack)
    _session: Session | None = None
    _watch: CallWatch = field(init=False)
    _holds: HoldWatch = field(default_factory=HoldWatch)
    _heard: float = 0.0

    def __post_init__(self) -> None:
        self._watch = CallWatch(self.options.internal_lengths)

    def step(self) -> None:
        """Listen for some seconds; raises what ends the connection, which is then made anew."""
        try:
            session = self._session or self._connect()
            until = time.monotonic() + STEP_SECONDS
            while time.monotonic() < until and not self.stopping.is_set():
                self._listen(session)
        except Exception:
            self.close()
            raise
        if self.stopping.is_set():
            self.close()
        self.again()

    def close(self) -> None:
        """Let go of the connection."""
        self._session = None
        self._opened.close()

    def _connect(self) -> Session:
        session = self._opened.enter_context(connected(ami_settings(self.options)))
        self._session, self._heard = session, time.monotonic()
        # What went on before was not heard to its end: nothing is known of those calls now.
        self._watch, self._holds = CallWatch(self.options.internal_lengths), HoldWatch()
        with self.engine.begin() as connection:
            forget_live(connection, self.options.name, self.clock())
        log.info("ami_connected", source=self.options.name)
        return session

    def _listen(self, session: Session) -> None:
        event = session.next_event(WAIT_SECONDS)
        now = time.monotonic()
        if event is None:
            if now - self._heard > QUIET_SECONDS:
                session.ask("Ping")
                self._heard = now
            return
        self._heard = now
        at = self.clock()
        calls, holds = self._watch.heed(event, at), self._holds.heed(event, at)
        if calls or holds:
            with self.engine.begin() as connection:
                journal.attribute(connection, "telephony")
                keep_live(connection, self.options, calls)
                keep_legs(connection, self.options, holds)
