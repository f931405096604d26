"""Where the changes of a run go: into the store, page by page, or nowhere (a plan)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection, Engine

__all__ = ["Later", "Rehearsal", "Work", "later_of"]

Later = frozenset[tuple[str, str]]
"""Documents by kind (or stream) and the key of their source."""


class Work(Protocol):
    """Something that opens transactions; an `Engine` is one that commits them."""

    def begin(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction that ends with the block."""
        ...


class Rehearsal:
    """Does everything the real run does, by the same code, and then undoes it all.

    Later pages see what earlier ones did, so a plan shows exactly what a run would do. What was
    shown can be kept instead: `keep()`. Documents of `later` are passed over.
    """

    def __init__(self, connection: Connection, later: Later = frozenset()) -> None:
        self.connection = connection
        self.later = later
        self._kept = False

    @classmethod
    @contextmanager
    def on(cls, engine: Engine, later: Later = frozenset()) -> Iterator[Rehearsal]:
        """A rehearsal on a store; whatever happens, nothing stays that is not kept."""
        with engine.connect() as connection:
            outer = connection.begin()
            rehearsal = cls(connection, later)
            try:
                yield rehearsal
                if rehearsal._kept:
                    outer.commit()
            finally:
                if outer.is_active:
                    outer.rollback()

    def keep(self) -> None:
        """Let everything stay, if the block ends well."""
        self._kept = True

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A step of the rehearsal: undone by itself if it fails."""
        with self.connection.begin_nested():
            yield self.connection


def later_of(work: Work) -> Later:
    """What a run must pass over: documents that came after its plan was made."""
    return work.later if isinstance(work, Rehearsal) else frozenset()
