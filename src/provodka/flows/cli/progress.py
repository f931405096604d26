"""How far a run has come: a live display in a terminal, log lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.streams import Stream

__all__ = ["Progress", "shown"]

log = structlog.get_logger("provodka.sync")
LINE_EVERY = 10.0


class Progress(Protocol):
    """Hears when each stream begins and how it ended."""

    def begin(self, stream: Stream) -> None:
        """A stream starts."""
        ...

    def counted(self, counts: Mapping[str, int]) -> None:
        """How far the stream has come, about once a second."""
        ...

    def end(self, stream: Stream, state: str) -> None:
        """A stream has ended."""
        ...


@contextmanager
def shown(streams: Sequence[Stream]) -> Iterator[Progress]:
    """Progress on stderr for the block, so that results on stdout stay clean."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bar(bars, bars.add_task("", total=len(streams)))


class _Lines:
    """One line when a stream begins and ends, and every ten seconds between."""

    def __init__(self) -> None:
        self._stream, self._next = "", 0.0

    def begin(self, stream: Stream) -> None:
        self._stream, self._next = stream.name, time.monotonic() + LINE_EVERY
        log.info("stream_begins", stream=stream.name)

    def counted(self, counts: Mapping[str, int]) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_EVERY
            log.info("stream_goes_on", stream=self._stream, counts=dict(counts))

    def end(self, stream: Stream, state: str) -> None:
        log.info("stream_ends", stream=stream.name, state=state)


class _Bar:
    def __init__(self, bars: Any, task: Any) -> None:
        self._bars = bars
        self._task = task
        self._title = ""

    def begin(self, stream: Stream) -> None:
        self._title = _(stream.title)
        self._bars.update(self._task, description=self._title)

    def counted(self, counts: Mapping[str, int]) -> None:
        from provodka.dashboards.insight.counted import tally

        self._bars.update(self._task, description=f"{self._title}: {tally(counts)}")

    def end(self, _stream: Stream, _state: str) -> None:
        self._bars.advance(self._task)
