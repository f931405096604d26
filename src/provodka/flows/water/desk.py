"""One call at the operator's desk: who it is, or whom to register, and the order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store.tables.clients import delivery_point
from provodka.connectors.crm_store.tables.orders import order
from provodka.flows.water.ordering import (
    Caller,
    NewClient,
    NewOrder,
    Wanted,
    register,
    take,
    who_calls,
)
from provodka.foundation.errors import AmbiguousMatch, Refused
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["take_call"]


def take_call(
    connection: Connection,
    phone: str,
    items: Mapping[UUID, Decimal],
    now: datetime,
    *,
    new: tuple[str | None, str | None] = (None, None),
    operator: UUID | None = None,
    courier: UUID | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Take an order from whoever calls; `new` is the name and the address of a stranger.

    `operator` is the employee who takes it and answers for its deal.

    Returns the order's number, its sum with the deposit and the client's name. Raises
    `AmbiguousMatch` where several clients have the number, or the client several addresses and
    none was said; `Refused` for a stranger unnamed. A new address becomes a delivery point.
    """
    client, name, point = _buyer(connection, phone, new)
    wanted = [Wanted(product, quantity) for product, quantity in items.items()]
    key = take(connection, NewOrder(client, wanted, point, operator, courier, at), now)
    row = connection.execute(order.select().where(order.c.id == key)).one()
    return {"order": row.number, "amount": row.amount + row.deposit, "client": name}


def _buyer(
    connection: Connection, phone: str, new: tuple[str | None, str | None]
) -> tuple[UUID, str, UUID | None]:
    callers = who_calls(connection, phone)
    name, address = new
    if len(callers) > 1:
        raise AmbiguousMatch(
            _("Заказ по телефону"),
            found=_("номер у нескольких: {names}").format(
                names=", ".join(one.name for one in callers)
            ),
            expected=_("один клиент с этим номером"),
            next_step=_("объедините двойников: provodka clients duplicates"),
            candidates=[str(one.id) for one in callers],
            code="several_clients",
        )
    if callers:
        caller = callers[0]
        return caller.id, caller.name, _point(connection, caller, address)
    if not (name and name.strip() and address and address.strip()):
        raise Refused(
            _("Заказ по телефону"),
            found=_("номер незнакомый"),
            expected="--name --address",
            next_step=_("спросите имя и адрес и повторите"),
            code="stranger",
        )
    return register(connection, NewClient(name, phone, address)), name, None


def _point(connection: Connection, caller: Caller, address: str | None) -> UUID | None:
    """Where to: the address that was said, a new one too; unsaid, the only one that is known."""
    if address is None or not address.strip():
        if len(caller.points) > 1:
            raise AmbiguousMatch(
                _("Заказ по телефону"),
                found=_("адресов несколько: {addresses}").format(
                    addresses="; ".join(known for _id, known in caller.points)
                ),
                expected="--address",
                next_step=_("спросите адрес и повторите"),
                candidates=[str(id) for id, _known in caller.points],
                code="several_addresses",
            )
        return caller.points[0][0] if caller.points else None
    said = _folded(address)
    for id, known in caller.points:
        if _folded(known) == said:
            return id
    key = uuid7()
    values = {"id": key, "client_id": caller.id, "address": " ".join(address.split())}
    connection.execute(delivery_point.insert().values(values))
    return key


def _folded(address: str) -> str:
    return " ".join(address.split()).casefold()
