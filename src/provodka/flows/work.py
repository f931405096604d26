"""Where the changes of a run go: into the store, page by page, or nowhere (a plan)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection, Engine

__all__ = ["Rehearsal", "Work"]


class Work(Protocol):
    """Something that opens transactions; an `Engine` is one that commits them."""

    def begin(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction that ends with the block."""
        ...


class Rehearsal:
    """Does everything the real run does, by the same code, and then undoes it all.

    Later pages see what earlier ones did, so a plan shows exactly what a run would do.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @classmethod
    @contextmanager
    def on(cls, engine: Engine) -> Iterator[Rehearsal]:
        """A rehearsal on a store; whatever happens, nothing stays."""
        with engine.connect() as connection:
            outer = connection.begin()
            try:
                yield cls(connection)
            finally:
                outer.rollback()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A step of the rehearsal: undone by itself if it fails."""
        with self.connection.begin_nested():
            yield self.connection
