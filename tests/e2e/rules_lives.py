"""The rules' loop and its couriers in a process that kills itself at a given point."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from provodka.connectors.channel import Taken
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.deliver.channel_courier import ChannelCourier, Prepared
from provodka.flows.deliver.loop import deliver
from provodka.flows.triggers.apply import apply_triggers, ensure_planned
from provodka.flows.triggers.clock import strike
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar

__all__ = ["CHANNELS", "Lives", "Outside", "react", "tell_time"]

context = multiprocessing.get_context("forkserver")
# One server for all tests: what the others want of it is to stay.
context.set_forkserver_preload(["tests.e2e.worker", "tests.e2e.rules_book", __name__])
CHANNELS = ("mail", "sms", "messenger")
PAGE = 7
PATIENCE = 300


@dataclass(frozen=True)
class Outside:
    """The other side's own book: what has arrived there, a line each, whatever the hub thinks."""

    book: Path

    def arrived(self) -> Counter[str]:
        """How many times each key has arrived."""
        if not self.book.exists():
            return Counter()
        lines = self.book.read_text(encoding="utf-8").splitlines()
        return Counter(json.loads(line)["key"] for line in lines)


@dataclass(frozen=True)
class Post:
    """A channel that keeps what it is given, and can be asked for it by its key."""

    outside: Outside
    passing: Callable[[str], None]
    tells_fate: bool = False

    def marker(self, key: str) -> str:
        """The key itself."""
        return key

    def send(self, key: str, content: str, *, before: Callable[[], None]) -> Taken:
        """Enter it in the book."""
        before()
        self.passing("before it is sent")
        with self.outside.book.open("a", encoding="utf-8") as book:
            book.write(json.dumps({"key": key, "content": content}) + "\n")
        self.passing("after it was sent")
        return Taken(key)

    def look_up(self, key: str, _content: str) -> Taken | None:
        """What is in the book already."""
        return Taken(key) if self.outside.arrived()[key] else None

    def ask(self, external_id: str, to: str) -> Any:
        """Nobody asks."""
        raise AssertionError(external_id, to)


class Plain:
    """A message as its address and its text."""

    def prepare(self, _key: str, row: Any) -> Prepared[str]:
        """Anything can be sent."""
        return Prepared(f"{row.recipient}: {row.text}")

    def refused(self, _row: Any, error: Exception) -> Any:
        """Nothing is refused here."""
        raise AssertionError(error)


def nowhere(_name: str) -> None:
    """A point of a life that nobody ends."""


def tell_time(engine: Engine, book: RuleBook, now: datetime) -> None:
    """Say what time has brought about.

    Once a day and before all else: the database's own clock stands still in these days, so that a
    deal that has just entered a stage would seem to have stayed there for days.
    """
    strike(engine, book, WorkingCalendar(), now)


def react(
    engine: Engine,
    book: RuleBook,
    now: datetime,
    outside: Outside,
    passing: Callable[[str], None] = nowhere,
) -> None:
    """Do everything that there is to do: rules, next steps, messages."""
    calendar = WorkingCalendar()
    apply_triggers(engine, book, calendar, now, page=PAGE)
    ensure_planned(engine, book, calendar, now)
    post = Post(outside, passing)
    for target in CHANNELS:
        courier = ChannelCourier(
            target, post, Plain(), engine, lambda: now, timedelta(0), workers=1
        )
        deliver(engine, courier)


@dataclass
class Points:
    """Counts the points of a life, and ends it at the one that it is told."""

    last: int
    told: Path
    passed: int = 0

    def __call__(self, name: str) -> None:
        """One more; SIGKILL if it is the last."""
        self.passed += 1
        if self.passed == self.last:
            self.told.write_text(name, encoding="utf-8")
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Engine) -> None:
        """Before and after each statement, before each commit."""
        event.listen(engine, "before_cursor_execute", lambda *given: self(_named(given[2])))
        event.listen(engine, "commit", lambda _connection: self("commit"))


def _named(statement: str) -> str:
    words = statement.split()
    into = [word for word in words if word.startswith(("hub.", "crm."))]
    return " ".join([words[0].lower(), *into[:1]])


@dataclass
class Lives:
    """One life after another over a store; `ends` counts at what each was killed."""

    url: str
    outside: Outside
    told: Path
    ends: Counter[str] = field(default_factory=Counter)

    def live(self, now: datetime, last: int, *, clock: bool = False) -> bool:
        """A life that ends at its point with this number, or when all is done: then `True`.

        It tells the time, or does what follows.
        """
        given = (self.url, self.outside.book, now, last, self.told, clock)
        process = context.Process(target=_life, args=given, daemon=True)
        process.start()
        process.join(PATIENCE)
        assert process.exitcode in (0, -signal.SIGKILL), "the rules died by themselves"
        if process.exitcode:
            self.ends[self.told.read_text(encoding="utf-8")] += 1
        return process.exitcode == 0


def _life(url: str, book: Path, now: datetime, last: int, told: Path, clock: bool) -> None:
    from tests.e2e.rules_book import BOOK

    engine = open_engine(url)
    points = Points(last, told)
    points.watch(engine)
    if clock:
        tell_time(engine, BOOK, now)
    else:
        react(engine, BOOK, now, Outside(book), points)
    engine.dispose()
