"""Waiting for a job of the base: rarer and rarer questions, and an end to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from provodka.connectors.onec.enterprise_data.soap.settings import Waiting

__all__ = ["Patience"]


@dataclass(frozen=True, slots=True)
class Patience:
    """`waiting`, on a clock (monotonic seconds) and a sleep that a test may bring."""

    waiting: Waiting
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def turns(self) -> Iterator[None]:
        """Sleep and yield, once for each question; ends when the deadline has passed."""
        until = self.clock() + self.waiting.deadline
        wait = self.waiting.first
        while (left := until - self.clock()) > 0:
            self.sleep(min(wait, left))
            yield
            wait = min(wait * self.waiting.growth, self.waiting.longest)

    def pause(self) -> None:
        """The shortest wait, before something is tried a second time."""
        self.sleep(self.waiting.first)
