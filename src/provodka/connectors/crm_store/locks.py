"""One worker at a time for what must not run twice at once, held by the database itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar

from sqlalchemy import Engine, text

__all__ = ["alone", "holding", "is_held"]

_held: ContextVar[frozenset[tuple[str, str]]] = ContextVar("held", default=frozenset())


@contextmanager
def alone(engine: Engine, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the advisory lock `name` for the block; yields whether it was got.

    The lock belongs to a connection of its own, so a killed process gives it back at once.
    Inside `holding` its locks are had at once.
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
        try:
            yield got
        finally:
            if got:
                connection.execute(
                    text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), key
                )


def is_held(engine: Engine, name: str) -> bool:
    """Whether what runs now runs inside `holding` of this lock."""
    return (str(engine.url), name) in _held.get()


@contextmanager
def holding(engine: Engine, names: Sequence[str]) -> Iterator[None]:
    """Hold several locks, waiting for each in turn, for a work that calls what takes them itself.

    Only what this thread calls has them.
    """
    with ExitStack() as held:
        for name in names:
            held.enter_context(alone(engine, name, wait=True))
        token = _held.set(_held.get() | {(str(engine.url), name) for name in names})
        try:
            yield
        finally:
            _held.reset(token)
