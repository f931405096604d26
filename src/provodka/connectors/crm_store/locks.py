"""One worker at a time for what must not run twice at once, held by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

__all__ = ["alone"]


@contextmanager
def alone(engine: Engine, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the advisory lock `name` for the block; yields whether it was got.

    The lock belongs to a connection of its own, so a killed process gives it back at once.
    """
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
