"""A person's word that two clients are not one: never proposed again until it is taken back.

What holds for a client holds for the one that it was merged into later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Subquery, func, select, text

from provodka.connectors.crm_store.tables.clients import client
from provodka.connectors.crm_store.tables.merging import client_apart
from provodka.dashboards.insight.wording import who as who_word
from provodka.flows.clients.refusing import locked, refused
from provodka.foundation.i18n import _

__all__ = ["Apart", "apart", "between", "listed", "parted", "refuse_parted", "unapart"]


@dataclass(frozen=True, slots=True)
class Apart:
    """Who has said when, and why, that two clients are not one."""

    number: int
    first: UUID
    second: UUID
    who: str
    at: datetime
    reason: str | None


def apart(
    connection: Connection, one: UUID, other: UUID, who: str, reason: str | None = None
) -> Apart:
    """Keep the word of the person `who` in the current transaction; said before, it stands.

    Raises `DocumentError` if it is one client, or they were merged by a person's word.
    """
    clients = locked(connection, one, other)
    first, second = sorted((one, other))
    led = {clients[key]["merged_into_id"] or key for key in (one, other)}
    if len(led) < 2:
        raise refused(
            _("Клиенты {first} и {second}").format(first=first, second=second),
            _("это один клиент"),
            _("объединенных разделяет provodka clients unmerge"),
            "same_client",
        )
    if said := between(connection, first, second):
        return said
    values = {"first": first, "second": second, "who": f"person:{who}", "reason": reason or None}
    made = client_apart.insert().values(values).returning(client_apart)
    return _told(connection.execute(made).one())


def between(connection: Connection, one: UUID, other: UUID) -> Apart | None:
    """The word that stands between two clients, said of them or of whom they were merged from."""
    pairs = parted()
    first, second = sorted((one, other))
    row = connection.execute(
        select(client_apart)
        .join(pairs, pairs.c.number == client_apart.c.id)
        .where(pairs.c.first == first, pairs.c.second == second)
        .order_by(client_apart.c.id)
        .limit(1)
    ).first()
    return _told(row) if row else None


def parted() -> Subquery:
    """The pairs that are not one, the smaller key `first`; the merged by those they led to."""
    sides = client.alias(), client.alias()
    first, second = (func.coalesce(side.c.merged_into_id, side.c.id) for side in sides)
    return (
        select(
            client_apart.c.id.label("number"),
            func.least(first, second).label("first"),
            func.greatest(first, second).label("second"),
        )
        .join(sides[0], sides[0].c.id == client_apart.c.first)
        .join(sides[1], sides[1].c.id == client_apart.c.second)
        .where(client_apart.c.undone_at.is_(None))
        .subquery("parted")
    )


def refuse_parted(connection: Connection, kept: UUID, dropped: UUID) -> None:
    """Raise a `DocumentError` if a person has said that these two are not one."""
    if said := between(connection, kept, dropped):
        raise refused(
            _("Клиенты {first} и {second}").format(first=said.first, second=said.second),
            _("помечены разными: {who}, {at:%d.%m.%Y}").format(who=who_word(said.who), at=said.at),
            _("если это все-таки один клиент: provodka clients unapart {number}").format(
                number=said.number
            ),
            "parted",
        )


def unapart(connection: Connection, number: int, who: str) -> Apart:
    """Take a word back: the two may be proposed again. Raises `DocumentError` if there is none."""
    query = select(client_apart).where(client_apart.c.id == number).with_for_update()
    row = connection.execute(query).first()
    if row is None or row.undone_at is not None:
        raise refused(
            _("Пометка {number}").format(number=number),
            _("уже снята") if row else _("такой нет"),
            _("все пометки покажет provodka clients aparts"),
            "no_apart",
        )
    connection.execute(
        client_apart.update()
        .where(client_apart.c.id == number)
        .values(undone_by=f"person:{who}", undone_at=text("now()"))
    )
    return _told(row)


def listed(connection: Connection) -> list[dict[str, Any]]:
    """All such words, newest first, those that are taken back included."""
    rows = connection.execute(select(client_apart).order_by(client_apart.c.id.desc()))
    return [dict(row._mapping) for row in rows]


def _told(row: Any) -> Apart:
    return Apart(row.id, row.first, row.second, row.who, row.at, row.reason)
