"""A person's word on errands: try again, or never again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine

from provodka.connectors.crm_store import errands, journal
from provodka.connectors.crm_store.errands import Standing
from provodka.connectors.crm_store.tables.talk import message

__all__ = ["drop", "put_back", "retry"]

LOST = ("failed", "unsure")


def retry(engine: Engine, chosen: Sequence[Standing], who: str) -> set[int]:
    """Put errands back into the queue, their letters with them; the numbers of those that went."""
    with engine.begin() as connection:
        return put_back(connection, chosen, who)


def put_back(connection: Connection, chosen: Sequence[Standing], who: str) -> set[int]:
    """The same as `retry` in the current transaction."""
    done = errands.retry(connection, [one.number for one in chosen])
    letters = [one.document for one in chosen if one.number in done and one.kind == "message"]
    if letters:
        journal.attribute(connection, f"person:{who}")
        again = message.c.id.in_(letters) & message.c.status.in_(LOST)
        connection.execute(message.update().where(again).values(status="queued"))
    return done


def drop(engine: Engine, chosen: Sequence[Standing], who: str, why: str) -> set[int]:
    """Take errands out of the queue for good; the numbers of those that were."""
    with engine.begin() as connection:
        return errands.drop(connection, [one.number for one in chosen], who, why)
