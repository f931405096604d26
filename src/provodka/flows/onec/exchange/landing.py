"""What stays in the store once the base has read a document of ours."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import bindings, exchange, locks, quarantine
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.exchange import Item, Message
from provodka.connectors.crm_store.tables.papers import invoice
from provodka.flows.deliver.outcome import Done
from provodka.flows.deliver.settling import settle
from provodka.flows.hub import Hub
from provodka.flows.onec.pulling import TAKING, taking_for
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import Taking, take_waiting

__all__ = ["PROTOCOL", "landed"]

PROTOCOL = "enterprise_data"
CLEAR = text("UPDATE hub.exchange_item SET agreed = NULL WHERE message_id = :message")


def landed(hub: Hub, message: Message) -> int:
    """Settle every errand of a message that the base has read; how many were still open.

    Each errand is settled in a transaction of its own, together with the binding; repeated after
    a crash, it goes on where it was.
    """
    with hub.engine.connect() as connection:
        carried = exchange.items(connection, message.id)
    taking = taking_for(hub, hub.mappings.values())
    with locks.alone(hub.engine, TAKING, wait=True):
        count = sum(_settle(hub.engine, taking, message, one) for one in carried)
    with hub.engine.begin() as connection:
        exchange.end(connection, message.id, "read")
        connection.execute(CLEAR, {"message": message.id})
    return count


def _settle(engine: Engine, taking: Taking, message: Message, item: Item) -> bool:
    with engine.connect() as connection:
        errand = exchange.open_errand(connection, item.errand)
    if errand is None:
        return False
    done = Done(
        "delivered",
        result=_result(message, item),
        record=lambda connection: _land(connection, taking, item),
    )
    settle(engine, SYSTEM, errand, done)
    return True


def _result(message: Message, item: Item) -> dict[str, Any]:
    return {
        "protocol": PROTOCOL,
        "message": message.number,
        "version": message.version,
        "ref": item.external_key,
    }


def _land(connection: Connection, taking: Taking, item: Item) -> None:
    """The document's row before the hub's own: the order in which a pull locks them."""
    if item.kind == "invoice":
        connection.execute(
            invoice.update()
            .where(invoice.c.id == item.document)
            .values(accounting="entered", accounting_note=None)
        )
    bindings.save(
        connection,
        # The base tells no version of what it has read: whatever it sends next is read.
        Binding(SYSTEM, item.kind, item.external_key, item.document, "", item.agreed),
    )
    quarantine.heal(connection, f"push:{SYSTEM}", [str(item.document)])
    mapping = next(one for one in taking.mappings.values() if one.kind == item.kind)
    take_waiting(connection, taking, mapping, [item.external_key])
