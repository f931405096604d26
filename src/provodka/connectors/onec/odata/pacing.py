"""Resting between heavy reads, as `guest` decides: the clock and the sleep are here."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import TypeVar

import structlog

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.odata.guest import Guest, Manners
from provodka.foundation.errors import SystemUnavailable

__all__ = ["Pacer"]

log = structlog.get_logger("provodka.onec")
T = TypeVar("T")
NO_SESSION = "no_session"
WORTH_SAYING = 1.0


class Pacer:
    """One base's guest; safe for threads. `clock` goes forward only, `sleep` takes seconds.

    `patience` is how long heavy reading waits for a licence before it gives up, in seconds.
    """

    def __init__(
        self,
        manners: Manners | None = None,
        *,
        patience: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._guest = Guest(manners or Manners())
        self._patience = patience
        self._clock, self._sleep = clock, sleep
        self._lock = Lock()

    def rest(self) -> None:
        """Wait until heavy reading may go on."""
        while True:
            with self._lock:
                seconds = self._guest.rest(self._clock())
            if not seconds:
                return
            if seconds >= WORTH_SAYING:
                log.info("resting", seconds=round(seconds, 1))
            self._sleep(seconds)

    def timeout(self, usual: float) -> float:
        """Seconds to wait for the next answer: longer when the base may be asleep."""
        with self._lock:
            asleep = self._guest.asleep(self._clock())
        return max(usual, self._guest.manners.waking) if asleep else usual

    def answered(self, kind: str, answer: HttpAnswer) -> None:
        """Take in how long an answer has taken."""
        with self._lock:
            slowness = self._guest.answered(kind, answer.seconds, len(answer.body), self._clock())
        if slowness >= self._guest.manners.slow and answer.seconds >= WORTH_SAYING:
            log.warning("base_is_slow", set=kind, times=round(slowness, 1))

    def with_patience(self, ask: Callable[[], T]) -> T:
        """Ask; where the base has no licence to spare, wait as long as it says and ask again."""
        until = self._clock() + self._patience
        while True:
            self.rest()
            try:
                return ask()
            except SystemUnavailable as error:
                wait = (error.retry_after or timedelta(0)).total_seconds()
                if error.code != NO_SESSION or self._clock() + wait > until:
                    raise
                log.warning("waiting_for_licence", seconds=wait)
                self._sleep(wait)
