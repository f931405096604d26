"""One thread of the fast lane: works when woken, tries again after trouble, says so in `status`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from provodka.connectors.crm_store import runs
from provodka.flows.recorded import EXPECTED, code_of, explained

__all__ = ["LONGEST_PAUSE", "POLL_SECONDS", "Records", "Worker"]

log = structlog.get_logger("provodka.lane")
POLL_SECONDS = 1.0
LONGEST_PAUSE = 30.0


class Records:
    """Writes to the store's list of runs when a worker's fortune changes, not at every step."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, worker: str, trouble: str) -> bool:
        """Record `lane:<worker>` as failed (or as well if `trouble` is empty).

        `False` if the store cannot be reached: the caller tries again after its next step.
        """
        with suppress(SQLAlchemyError), self._engine.begin() as connection:
            number = runs.start(connection, f"lane:{worker}")
            runs.finish(connection, number, "failed" if trouble else "done", {}, trouble)
            return True
        return False


@dataclass
class Worker:
    """Runs `work` whenever it is woken, and once a second in any case.

    `record(name, trouble)` hears of the first step's end and of every change since.
    """

    name: str
    work: Callable[[], object]
    stopping: threading.Event
    record: Callable[[str, str], bool]
    woken: threading.Event = field(default_factory=threading.Event)
    _recorded: str | None = None

    def run(self) -> None:
        """Work until told to stop; a failure is logged and tried again, ever more slowly."""
        pause = POLL_SECONDS
        while not self.stopping.is_set():
            self.woken.clear()
            trouble = self._step()
            pause = min(pause * 2, LONGEST_PAUSE) if trouble else POLL_SECONDS
            if trouble:
                log.warning("lane_tries_again", worker=self.name, seconds=pause)
                self.stopping.wait(pause)
            else:
                self.woken.wait(pause)

    def _step(self) -> str:
        """One round; the trouble in a person's words, or nothing."""
        try:
            self.work()
            trouble = ""
        except Exception as error:
            if self.stopping.is_set():
                return ""
            trouble = explained(error)
            if isinstance(error, EXPECTED):
                log.warning("lane_trouble", worker=self.name, code=code_of(error))
            else:
                log.exception("lane_failed", worker=self.name)
        if trouble != self._recorded and self.record(self.name, trouble):
            self._recorded = trouble
        return trouble
