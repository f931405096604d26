"""The memory of an exchange by messages: which number held what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.crm_store.tables.exchange import (
    exchange_item,
    exchange_message,
    exchange_step,
)
from provodka.connectors.crm_store.tables.hub import outbox
from provodka.foundation.errors import ProvodkaError

__all__ = [
    "Item",
    "Message",
    "begin",
    "end",
    "items",
    "last_sent",
    "latest",
    "open_errand",
    "put_in",
    "read_after",
    "stepped",
    "supersede",
]

UNDER_WAY = ("sending", "unseen")
FORGET_EMPTY = text("""
    DELETE FROM hub.exchange_message older USING hub.exchange_message this
    WHERE this.id = :message AND older.id < this.id AND older.direction = this.direction
      AND older.state IN ('read', 'taken', 'superseded') AND older.objects = 0
""")
OPEN = ("waiting", "sending", "unsure")


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `mark` is the digest of one taken in, the base's job of one sent."""

    id: int
    direction: str
    number: int
    version: str
    state: str
    objects: int
    mark: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Item:
    """A document in a message that was sent; `agreed` is the snapshot of what was sent."""

    errand: int
    kind: str
    document: UUID
    external_key: str
    agreed: Any


def begin(
    connection: Connection, direction: str, number: int, version: str, *, state: str, mark: str = ""
) -> int:
    """Open a message; one that is being taken in again keeps its row. Returns its id."""
    if direction == "in":
        known = select(exchange_message.c.id).where(
            exchange_message.c.direction == "in",
            exchange_message.c.number == number,
            exchange_message.c.mark == mark,
            exchange_message.c.state == state,
        )
        found = connection.execute(known).scalar()
        if found is not None:
            return int(found)
    new = exchange_message.insert().values(
        direction=direction, number=number, version=version, state=state, mark=mark
    )
    return int(connection.execute(new.returning(exchange_message.c.id)).scalar_one())


def end(
    connection: Connection,
    message: int,
    state: str,
    *,
    objects: int | None = None,
    counts: Mapping[str, int] | None = None,
    mark: str | None = None,
    trouble: ProvodkaError | None = None,
) -> None:
    """Say what came of a message; what is not given stays as it is.

    Of messages without objects that ended well only the latest of each direction is kept.
    """
    values: dict[str, Any] = {"state": state, "ended_at": text("now()")}
    values |= {} if objects is None else {"objects": objects}
    values |= {} if counts is None else {"counts": {k: v for k, v in counts.items() if v}}
    values |= {} if mark is None else {"mark": mark}
    if trouble is not None:
        names = ("code", "where", "found", "expected", "next_step")
        values["trouble"] = {name: getattr(trouble, name) for name in names}
    connection.execute(
        exchange_message.update().where(exchange_message.c.id == message).values(values)
    )
    connection.execute(FORGET_EMPTY, {"message": message})


def put_in(connection: Connection, message: int, listed: Sequence[Item]) -> None:
    """Note which documents a message that is about to be sent holds."""
    count = {"objects": len(listed)}
    connection.execute(
        exchange_message.update().where(exchange_message.c.id == message).values(count)
    )
    rows = [
        {
            "message_id": message,
            "errand": one.errand,
            "kind": one.kind,
            "document": one.document,
            "external_key": one.external_key,
            "agreed": one.agreed,
        }
        for one in listed
    ]
    if rows:
        connection.execute(exchange_item.insert(), rows)


def items(connection: Connection, message: int) -> list[Item]:
    """The documents in a message, in the order of their errands."""
    rows = connection.execute(
        select(exchange_item)
        .where(exchange_item.c.message_id == message)
        .order_by(exchange_item.c.errand)
    )
    return [Item(row.errand, row.kind, row.document, row.external_key, row.agreed) for row in rows]


def read_after(connection: Connection, number: int) -> list[tuple[str, UUID]]:
    """Documents, by kind, in messages that the base had read and whose numbers come later."""
    rows = connection.execute(
        select(exchange_item.c.kind, exchange_item.c.document)
        .join(exchange_message, exchange_message.c.id == exchange_item.c.message_id)
        .where(exchange_message.c.state == "read", exchange_message.c.number > number)
        .distinct()
    )
    return [(row.kind, row.document) for row in rows]


def supersede(connection: Connection) -> None:
    """Close the messages whose end is not known: the next one makes good for them."""
    connection.execute(
        exchange_message.update()
        .where(exchange_message.c.direction == "out", exchange_message.c.state.in_(UNDER_WAY))
        .values(state="superseded", ended_at=text("now()"))
    )


def last_sent(connection: Connection) -> Message | None:
    """The latest message of ours that was handed over, whatever came of it."""
    row = connection.execute(
        select(exchange_message)
        .where(exchange_message.c.direction == "out")
        .order_by(exchange_message.c.id.desc())
        .limit(1)
    ).first()
    return _message(row) if row else None


def latest(connection: Connection, count: int) -> list[Message]:
    """The latest messages both ways, newest first."""
    rows = connection.execute(
        select(exchange_message).order_by(exchange_message.c.id.desc()).limit(count)
    )
    return [_message(row) for row in rows]


def stepped(connection: Connection, message: int) -> None:
    """Note that the current transaction takes in a part of a message."""
    step = insert(exchange_step).values(xid=text("pg_current_xact_id()"), message_id=message)
    connection.execute(step.on_conflict_do_nothing())


def open_errand(connection: Connection, number: int) -> Errand | None:
    """An errand that has not ended yet, by its number."""
    row = connection.execute(
        select(outbox).where(outbox.c.id == number, outbox.c.state.in_(OPEN))
    ).first()
    if row is None:
        return None
    fields: Iterable[str] = Errand.__dataclass_fields__
    said = {name: getattr(row, name) for name in fields if name not in ("unsure", "attempts")}
    return Errand(**said, attempts=row.attempts + 1, unsure=row.intent_at is not None)


def _message(row: Row[Any]) -> Message:
    return Message(
        row.id,
        row.direction,
        row.number,
        row.version,
        row.state,
        row.objects,
        row.mark or "",
        row.counts or {},
    )
