"""How far a run has come: a live display in a terminal, log lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.streams import Stream

__all__ = ["Progress", "shown"]

log = structlog.get_logger("provodka.sync")


class Progress(Protocol):
    """Hears when each stream begins and how it ended."""

    def begin(self, stream: Stream) -> None:
        """A stream starts."""
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
    def begin(self, stream: Stream) -> None:
        log.info("stream_begins", stream=stream.name)

    def end(self, stream: Stream, state: str) -> None:
        log.info("stream_ends", stream=stream.name, state=state)


class _Bar:
    def __init__(self, bars: Any, task: Any) -> None:
        self._bars = bars
        self._task = task

    def begin(self, stream: Stream) -> None:
        self._bars.update(self._task, description=_(stream.title))

    def end(self, _stream: Stream, _state: str) -> None:
        self._bars.advance(self._task)
