"""One worker at a time for what must not run twice at once, held by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Engine, text

__all__ = ["alone"]

_held: ContextVar[frozenset[tuple[str, str]]] = ContextVar("held", default=frozenset())


@contextmanager
def alone(engine: Engine, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the advisory lock `name` for the block; yields whether it was got.

    The lock belongs to a connection of its own, so a killed process gives it back at once.
    Who holds it already (in this thread) has it: whoever holds a lock for a longer work can
    call what takes the same lock for a part of it.
    """
    mine = (str(engine.url), name)
    if mine in _held.get():
        yield True
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        call = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
        key = {"name": name}
        held = connection.execute(text(f"SELECT {call}(hashtextextended(:name, 0))"), key).scalar()
        got = True if wait else bool(held)
        token = _held.set(_held.get() | {mine}) if got else None
        try:
            yield got
        finally:
            if token is not None:
                _held.reset(token)
                connection.execute(
                    text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), key
                )
