"""One call at the operator's desk: who it is, or whom to register, and the order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store.tables.orders import order
from provodka.flows.water.ordering import NewClient, NewOrder, Wanted, register, take, who_calls
from provodka.foundation.errors import AmbiguousMatch, Refused
from provodka.foundation.i18n import _

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
    `AmbiguousMatch` where several clients have the number, `Refused` for a stranger unnamed.
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
        wanted = [id for id, known in caller.points if address in (None, known)]
        return caller.id, caller.name, wanted[0] if wanted else None
    if not (name and address):
        raise Refused(
            _("Заказ по телефону"),
            found=_("номер незнакомый"),
            expected="--name --address",
            next_step=_("спросите имя и адрес и повторите"),
            code="stranger",
        )
    return register(connection, NewClient(name, phone, address)), name, None
