"""Resting between pages of history, on top of a guest's manners."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Pause"]

SAID = re.compile(r"(\d{1,5}(?:[.,]\d{1,3})?)\s*(%?)")
WHOLE = 100.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """`seconds` between two pages, or so much rest that work takes `share` percent of the time."""

    seconds: float = 0.0
    share: float = WHOLE

    @classmethod
    def parse(cls, said: str) -> Pause:
        """From `5` or `0.5` (seconds) or `25%`; anything else is a `ConfigurationError`."""
        found = SAID.fullmatch(said.strip())
        number = float(found[1].replace(",", ".")) if found else 0.0
        if found and not found[2]:
            return cls(seconds=number)
        if found and 0 < number <= WHOLE:
            return cls(share=number)
        raise ConfigurationError(
            "--pause",
            found=f"«{said}»",
            expected=_("секунды (5) или доля времени (25%)"),
            next_step=_("исправьте параметр"),
            code="usage",
        )

    def after(self, worked: float) -> float:
        """Seconds to rest after a page that took so many seconds."""
        return self.seconds + worked * (WHOLE / self.share - 1)

    def between(
        self,
        pages: Iterable[T],
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> Iterator[T]:
        """The same pages, with a rest after each; `clock` only goes forward."""
        began = clock()
        for page in pages:
            yield page
            if rest := self.after(clock() - began):
                sleep(rest)
            began = clock()
