"""How far the run under way has come: counted page by page, heard by whoever shows or keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Listener", "Tally"]

Listener = Callable[[Counter[str]], None]


@dataclass
class Tally:
    """Counts of the stream that a hub is running; one stream at a time is counted."""

    counts: Counter[str] = field(default_factory=Counter)
    _listeners: list[Listener] = field(default_factory=list)

    def add(self, counts: Counter[str]) -> None:
        """A page has been done."""
        if self._listeners:
            self.counts += counts
            for listener in self._listeners:
                listener(self.counts)

    @contextmanager
    def heard_by(self, *listeners: Listener) -> Iterator[None]:
        """Count from nothing and tell these of every page, for the block."""
        self.counts, self._listeners = Counter(), list(listeners)
        try:
            yield
        finally:
            self._listeners = []
