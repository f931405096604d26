"""What every connector must be able to do, and how a test gets hold of it.

A source and a sink are each a handful of methods over a real neighbour; the tests beside this
module know nothing else. A connector is added by one more adapter (`sources.py`, `sinks.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, text
from tests.e2e.company import Company

from provodka.flows.hub import Hub
from provodka.foundation.errors import ProvodkaError

__all__ = [
    "Sink",
    "Source",
    "Stopped",
    "Told",
    "between_commits",
    "cursors",
    "deltas",
    "moments",
    "put_back",
]

FEW, ALL = pytest.param(9, id="some"), pytest.param(1, id="all", marks=pytest.mark.soak)
moments = pytest.mark.parametrize("stride", [FEW, ALL])
"""Of the moments at which something can happen, some in each run of the tests, all in `soak`."""
CURSORS = "SELECT stream, position::text FROM hub.cursor ORDER BY stream"


class Source(Protocol):
    """A system from which documents come; `hub` reads it, `people` look at the store."""

    hub: Hub
    people: Company

    def enter(self, count: int) -> Sequence[str]:
        """Somebody over there makes so many documents; their keys, as that system names them."""
        ...

    def read(self) -> None:
        """Read all there is, as the stream does; a `ProvodkaError` is raised."""
        ...

    def kept(self) -> Sequence[str]:
        """The keys of what the store has of it, each as often as it has it."""
        ...

    def place(self) -> Any:
        """How far it has been read; a later place is greater."""
        ...

    def repeat(self, before: Sequence[Any]) -> None:
        """Read what has been read since the places `before` (`cursors`) once more."""
        ...

    def down(self) -> AbstractContextManager[None]:
        """For the block the system answers nobody."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a person can read about a delivery that has not come off."""

    code: str
    found: str
    next_step: str

    @classmethod
    def of(cls, error: ProvodkaError) -> Told:
        """The same of an error."""
        return cls(error.code, error.found, error.next_step)


class Sink(Protocol):
    """A system to which documents go; `hub` writes to it.

    `pace` is how many times fewer moments are tried where a delivery takes long.
    """

    pace: ClassVar[int]
    hub: Hub
    people: Company

    def wish(self, count: int) -> Sequence[str]:
        """People here make so many documents that have to go there; their keys over there."""
        ...

    def deliver(self) -> Sequence[Told]:
        """Deliver all there is, as if waiting times were over; tells what came in the way."""
        ...

    def landed(self) -> Sequence[str]:
        """The keys of what arrived, from that system's own books, each as often as it arrived."""
        ...

    def sides(self, key: str) -> tuple[Any, Any]:
        """What was to be written, and what that system has."""
        ...

    def down(self) -> AbstractContextManager[None]:
        """For the block the system answers nobody."""
        ...

    def answer_lost(self) -> None:
        """The next write is done, and its answer never comes; nothing where nobody answers."""
        ...


class Stopped(KeyboardInterrupt):
    """Somebody has pressed Ctrl+C, or the process was told to end."""


@contextmanager
def between_commits(engine: Engine, number: int, act: Callable[[], object]) -> Iterator[list[int]]:
    """`act` before or after one of the commits of the block: even numbers are before.

    Yields how many such moments are left until it happens; below zero when it has.
    """
    left, commit = [number], engine.dialect.do_commit

    def moment() -> None:
        left[0] -= 1
        if left[0] == -1:
            act()

    def committing(connection: Any) -> None:
        moment()
        commit(connection)
        moment()

    with patch.object(engine.dialect, "do_commit", committing):
        yield left


def deltas(people: Company) -> int:
    """How many changes the journal has."""
    return int(people.value("SELECT count(*) FROM hub.delta"))


def cursors(people: Company) -> list[Any]:
    """All places as they are kept."""
    return people.rows(CURSORS)


def put_back(people: Company, kept: Sequence[Any]) -> None:
    """Places as they were: what has been read since is read again."""
    with people.engine.begin() as connection:
        connection.execute(text("DELETE FROM hub.cursor"))
        for stream, position in kept:
            connection.execute(
                text("INSERT INTO hub.cursor (stream, position) VALUES (:s, :p)"),
                {"s": stream, "p": position},
            )
