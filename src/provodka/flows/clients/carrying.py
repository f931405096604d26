"""What a client has but one of, a telephone, an e-mail, an address, and the other must not lose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, exists, func, select

from provodka.connectors.crm_store.tables.clients import contact, delivery_point

__all__ = ["carry_address", "carry_contact", "free_points"]

Row = Mapping[str, Any]


def free_points(connection: Connection, kept: UUID, dropped: UUID) -> None:
    """Points built by the dropped client's own address become ordinary ones, before they move.

    Where the kept client has a point of that address already, the other gets a tombstone.
    """
    theirs = delivery_point.alias()
    twin = exists().where(
        theirs.c.client_id == kept,
        theirs.c.address == delivery_point.c.address,
        theirs.c.deleted_at.is_(None),
    )
    connection.execute(
        delivery_point.update()
        .where(delivery_point.c.client_id == dropped, delivery_point.c.of_client)
        .values(of_client=False, deleted_at=case((twin, func.now()), else_=None))
    )


def carry_address(connection: Connection, kept: Row, dropped: Row) -> tuple[str, ...]:
    """Make a point of the dropped client's address, unless the kept one has such."""
    address = dropped["delivery_address"]
    if not address or address == kept["delivery_address"]:
        return ()
    known = select(delivery_point.c.id).where(
        delivery_point.c.client_id == kept["id"],
        delivery_point.c.address == address,
        delivery_point.c.deleted_at.is_(None),
    )
    if connection.execute(known).first():
        return ()
    connection.execute(delivery_point.insert().values(client_id=kept["id"], address=address))
    return (address,)


def carry_contact(connection: Connection, kept: Row, dropped: Row) -> tuple[str, ...]:
    """Make a contact of the dropped client's telephone and e-mail that the kept one lacks."""
    lacking = {
        name: dropped[name]
        for name in ("phone", "email")
        if dropped[name] and not _reachable(connection, kept, name, dropped[name])
    }
    if not lacking:
        return ()
    values = {"client_id": kept["id"], "name": dropped["name"], **lacking}
    connection.execute(contact.insert().values(values))
    return tuple(lacking.values())


def _reachable(connection: Connection, kept: Row, name: str, value: str) -> bool:
    if kept[name] == value:
        return True
    known = select(contact.c.id).where(
        contact.c.client_id == kept["id"],
        contact.c[name] == value,
        contact.c.deleted_at.is_(None),
    )
    return connection.execute(known).first() is not None
