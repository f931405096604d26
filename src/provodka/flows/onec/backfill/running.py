"""Windows of history read one after another, each page in a turn of its own.

Between two pages live sync does what it has to do; a set that nobody has read before it follows
from the beginning on, while the history comes in windows. Each page is stored in the transaction
that keeps how far its window has been read: killed anywhere, the hub goes on from there, and what
it reads twice changes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any

import structlog
from sqlalchemy import Connection

from provodka.connectors.crm_store import backfills, cursors, locks
from provodka.connectors.onec.odata.filters import Field, Filter, all_of
from provodka.connectors.onec.odata.pages import Page
from provodka.connectors.onec.odata.query import Query
from provodka.flows.ahead import one_ahead
from provodka.flows.hub import Hub
from provodka.flows.onec.backfill.pausing import Pause
from provodka.flows.onec.backfill.windows import Window
from provodka.flows.onec.following.guarding import TooManyDeletions
from provodka.flows.onec.following.scanning import by_windows, complete, concerning, in_windows
from provodka.flows.onec.metadata.admitting import Admitted, admitted
from provodka.flows.onec.pulling import TAKING
from provodka.flows.onec.taking import stream_of
from provodka.flows.onec.turns import Turns, database_clock, settings_of
from provodka.mappings.compiled import Mapping

__all__ = ["Request", "backfill", "is_dated"]

log = structlog.get_logger("provodka.backfill")
LOOK_AGAIN = 60.0
"""How often at least, in seconds, a clock is looked at while the base's hours are waited for."""
Heard = Callable[[Window, Counter[str]], None]


@dataclass(frozen=True, slots=True)
class Request:
    """Which windows of which mapping, in their order; `again` re-reads what is known already."""

    mapping: str
    windows: tuple[Window, ...]
    pause: Pause = field(default_factory=Pause)
    again: bool = False


def nobody(_window: Window, _counts: Counter[str]) -> None:
    """Nobody hears of each window as it ends."""


def is_dated(mapping: Mapping) -> bool:
    """Whether the base can be asked for the documents of some days."""
    dated = any(pair.theirs == "Date" and pair.reads for pair in mapping.pairs)
    return mapping.entity.startswith("Document_") and dated


def backfill(
    hub: Hub,
    request: Request,
    *,
    heard: Heard = nobody,
    sleep: Callable[[float], None] = time.sleep,
) -> Counter[str]:
    """Read the windows that are not done yet; counts as `take`, and `windows` that were read.

    Waits for the base's hours. Raises `TooManyDeletions` when all else is done; the windows that
    hold them are read again when it has been allowed.
    """
    found = admitted(hub, hub.engine, [request.mapping])
    counts: Counter[str] = Counter()
    for mapping in found.named:
        counts += _History(hub, mapping, found, request, heard, sleep).run()
    found.settle()
    return counts


@dataclass
class _History:
    """The windows of one mapping on their way into the store."""

    hub: Hub
    mapping: Mapping
    found: Admitted
    request: Request
    heard: Heard
    sleep: Callable[[float], None]
    held: list[TooManyDeletions] = field(default_factory=list)

    def run(self) -> Counter[str]:
        """Every window that is not done, in the order of the request."""
        asked = [(one.since, one.until) for one in self.request.windows]
        self._follow()
        with self.hub.engine.begin() as connection:
            again = self.request.again
            version = self.mapping.version
            backfills.ask(connection, self._stream, asked, version, again=again)
            waiting = backfills.waiting(connection, self._stream, asked)
        counts: Counter[str] = Counter()
        for window in self.request.windows:
            if (window.since, window.until) in waiting:
                known = waiting[window.since, window.until]
                counts += self._read(window, known.place or {}, Counter(known.counts))
        self._complete()
        if self.held:
            error = self.held[0]
            error.others = self.held[1:]
            raise error
        return counts

    def _follow(self) -> None:
        """Have live sync follow a set that nobody has read yet from now on, and not load it."""
        with (
            locks.alone(self.hub.engine, TAKING, wait=True),
            self.hub.engine.begin() as connection,
        ):
            if cursors.read(connection, self._stream) is None:
                place = by_windows(self.mapping, self.hub.clock())
                cursors.move(connection, self._stream, place)

    def _complete(self) -> None:
        """All that was asked for is here: what is older still, the next comparison finds."""
        with (
            locks.alone(self.hub.engine, TAKING, wait=True),
            self.hub.engine.begin() as connection,
        ):
            place = cursors.read(connection, self._stream) or {}
            if in_windows(place) and not backfills.any_waiting(connection, self._stream):
                begun = datetime.fromisoformat(place["swept_at"])
                cursors.move(connection, self._stream, complete(self.mapping, begun))

    @property
    def _stream(self) -> str:
        return stream_of(self.mapping)

    def _read(self, window: Window, place: dict[str, Any], known: Counter[str]) -> Counter[str]:
        """One window from a place on; `known` is what it came to before."""
        reading = _Reading(self, window, place, known)
        while not reading.ended:
            self._wait_for_hours()
            reading.go_on()
        try:
            reading.finish()
        except TooManyDeletions as error:
            self.held.append(error)
            return reading.counts
        log.info("window_read", stream=self._stream, since=str(window.since), **reading.counts)
        self.heard(window, reading.total)
        return reading.counts + Counter(windows=1)

    def _wait_for_hours(self) -> None:
        while wait := self.out_of_hours():
            log.info("waits_for_hours", seconds=round(wait))
            self.sleep(min(wait, LOOK_AGAIN))

    def out_of_hours(self) -> float:
        """Seconds until the base may be read whole; 0 if now."""
        return self.hub.require_base().wait_for_hours(self.hub.clock()).total_seconds()


@dataclass
class _Reading:
    """One window: `place` is where its next page begins.

    The place stays before a page whose deletions are held back until the window's end.
    """

    history: _History
    window: Window
    place: dict[str, Any]
    known: Counter[str]
    counts: Counter[str] = field(default_factory=Counter)
    ended: bool = False
    turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        history = self.history
        self.turns = Turns(
            history.hub,
            history.found,
            history.mapping,
            settings_of(history.hub),
            again=history.request.again,
        )

    @property
    def total(self) -> Counter[str]:
        """What the window has come to, with what was read before."""
        return self.known + self.counts

    def go_on(self) -> None:
        """Read to the window's end, or until the base's hours are over."""
        asked = database_clock(self.history.hub)
        with closing(self._pages()) as pages:
            for page in self.history.request.pause.between(pages, self.history.sleep):
                self._take(page, asked)
                if self.history.out_of_hours():
                    return
        self.ended = True

    def _pages(self) -> Generator[Page]:
        mapping, base = self.history.mapping, self.history.hub.require_base()
        query = Query(select=mapping.select, filter=self._days(), order=mapping.order, **self.place)
        yield from one_ahead(base.read_pages(mapping.entity, query))

    def _days(self) -> Filter:
        since, until = (self._midnight(day) for day in (self.window.since, self.window.until))
        inside = [Field("Date") >= since, Field("Date") < until]
        wanted = concerning(self.history.mapping)
        return all_of([*inside, wanted] if wanted is not None else inside)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, clock_time(), self.history.hub.base_zone)

    def _take(self, page: Page, asked: datetime) -> None:
        counted: Counter[str] = Counter()

        def noted(connection: Connection, counts: Counter[str]) -> None:
            counted.update(counts)
            if not self.turns.deletions.mappings:
                self.place = {"skip": page.next_skip, "after": page.anchor}
            self._keep(connection, self.counts + counted)

        self.turns.take(page.rows, asked, noted)
        self.counts += counted

    def _keep(self, connection: Connection, counts: Counter[str]) -> None:
        days = self.window.since, self.window.until
        stream = stream_of(self.history.mapping)
        backfills.move(connection, stream, days, self.place, self.known + counts)

    def finish(self) -> None:
        """The window's deletions, if there are not too many; then it is done."""
        self.counts += self.turns.end()
        days = self.window.since, self.window.until
        with self.history.hub.engine.begin() as connection:
            backfills.finish(connection, stream_of(self.history.mapping), days, self.total)
