"""Stops of the past: a row is an item of a stop, and rows of one stop make it together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB

from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.tables.deliveries import delivery, delivery_line
from provodka.connectors.crm_store.tables.orders import history_name
from provodka.flows.history.landing import Landing, Objection, ambiguous, happened, remember
from provodka.flows.history.orders import unit_price
from provodka.flows.history.parties import goods_of, people_of
from provodka.flows.history.rows import Row
from provodka.flows.history.values import folded
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["land_deliveries"]

STOP, COURIER, CLIENT, PLANNED_FROM, PLANNED_TO, ARRIVED, STATUS, REASON = range(8)
ITEM, QUANTITY, AMOUNT, DUE, TAKEN = range(8, 13)
REASON_CODES = {
    **dict.fromkeys(
        ("client_absent", "клиента нет", "клиент отсутствовал", "не было дома"), "client_absent"),
    **dict.fromkeys(
        ("client_asked", "клиент просил перенести", "перенос клиентом", "просил перенести"),
        "client_asked"),
    **dict.fromkeys(
        ("courier_late", "опоздал", "экспедитор не успел", "курьер опоздал"), "courier_late"),
    **dict.fromkeys(("refused", "отказ", "отказался"), "refused"),
}  # fmt: skip
OF_STOP = (
    "client_id", "courier_id", "planned_from", "planned_to", "arrived_at", "status", "reason",
)  # fmt: skip
HEADER = ("id", *OF_STOP, "note", "client_kind", "cash_due", "cash_taken")
LINE = (
    "delivery_id", "line", "product_id", "item_kind", "quantity", "delivered", "price", "amount",
)  # fmt: skip
RECALL = text("""
    SELECT n.key, d.* FROM hub.history_name n JOIN crm.delivery d ON d.id = n.document
    WHERE n.kind = 'delivery' AND n.key IN (SELECT jsonb_array_elements_text(:keys))
""").bindparams(bindparam("keys", type_=JSONB))
ADD_UP = text("""
    UPDATE crm.delivery s SET amount = t.amount FROM (
        SELECT l.delivery_id, coalesce(sum(l.amount) FILTER (WHERE p.kind <> 'returnable'), 0)
            AS amount
        FROM crm.delivery_lines l JOIN crm.product p ON p.id = l.product_id
        WHERE l.delivery_id = ANY(:ids) GROUP BY l.delivery_id) t
    WHERE s.id = t.delivery_id AND s.amount <> t.amount
""")
Stop = dict[str, Any]


def land_deliveries(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    """Write new stops and new items of known ones; a row that contradicts its stop is set aside."""
    names = landing.names
    fit = landing.sort(rows, _possible, happened(landing, ARRIVED, "arrived_at"))
    names.clients.find(connection, {row.values[CLIENT] for row in fit})
    names.products.find(connection, {row.values[ITEM] for row in fit})
    names.employees.find(connection, {row.values[COURIER] for row in fit})
    fit = landing.sort(
        fit,
        ambiguous(names.clients, CLIENT, "client"),
        ambiguous(names.products, ITEM, "item"),
        ambiguous(names.employees, COURIER, "courier"),
    )
    names.clients.make(connection, people_of((row.values[CLIENT], None) for row in fit))
    names.products.make(connection, goods_of((row.values[ITEM], None) for row in fit))
    couriers = {row.values[COURIER] for row in fit}
    names.employees.make(
        connection, {folded(one): {"name": one, "role": "courier"} for one in couriers}
    )
    _write(connection, landing, fit)


def _write(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    stops = _recalled(connection, {folded(row.values[STOP]) for row in rows})
    new: dict[str, Stop] = {}
    fit: list[tuple[Row, UUID]] = []
    for row in rows:
        key = folded(row.values[STOP])
        said = _stop(landing, row.values)
        known = stops.get(key)
        if known is None:
            stops[key] = new[key] = known = said
        odd = _contradiction(known, said)
        if odd:
            landing.refuse(row, odd)
        else:
            fit.append((row, known["id"]))
    append(connection, delivery, HEADER, [tuple(one[c] for c in HEADER) for one in new.values()])
    named = [("delivery", key, one["id"]) for key, one in new.items()]
    append(connection, history_name, ("kind", "key", "document"), named)
    append(connection, delivery_line, LINE, _lines(connection, landing, fit))
    connection.execute(ADD_UP, {"ids": list({id for _row, id in fit})})
    remember(connection, landing.reading.kind.name, fit)
    landing.done(row for row, _id in fit)


def _recalled(connection: Connection, keys: set[str]) -> dict[str, Stop]:
    rows = connection.execute(RECALL, {"keys": sorted(keys)})
    return {row.key: dict(row._mapping) for row in rows}


def _stop(landing: Landing, said: tuple[Any, ...]) -> Stop:
    client = landing.names.clients.known[folded(said[CLIENT])]
    reason = said[REASON]
    code = REASON_CODES.get(folded(reason), "other") if reason else None
    return {
        "id": uuid7(),
        "client_id": client.id,
        "client_kind": client.kind,
        "courier_id": landing.names.employees.id(said[COURIER]),
        "planned_from": said[PLANNED_FROM],
        "planned_to": said[PLANNED_TO],
        "arrived_at": said[ARRIVED],
        "status": said[STATUS],
        "reason": code,
        "note": reason if code == "other" else None,
        "cash_due": said[DUE] or Decimal(0),
        "cash_taken": said[TAKEN] or Decimal(0),
    }


def _lines(
    connection: Connection, landing: Landing, rows: Sequence[tuple[Row, UUID]]
) -> list[tuple[Any, ...]]:
    last = _last_lines(connection, {id for _row, id in rows})
    written = []
    for row, id in rows:
        said = row.values
        product = landing.names.products.known[folded(said[ITEM])]
        last[id] = last.get(id, 0) + 1
        done = said[STATUS] == "done"
        price = unit_price(said[AMOUNT], said[QUANTITY])
        delivered = said[QUANTITY] if done else None
        amount = said[AMOUNT] if done else Decimal(0)
        of = (id, last[id], product.id, product.kind)
        written.append((*of, said[QUANTITY], delivered, price, amount))
    return written


def _last_lines(connection: Connection, ids: set[UUID]) -> dict[UUID, int]:
    line = delivery_line.c
    rows = connection.execute(
        select(line.delivery_id, func.max(line.line))
        .where(line.delivery_id.in_(listed_ids(ids)))
        .group_by(line.delivery_id)
    )
    return {row[0]: row[1] for row in rows}


def _contradiction(known: Stop, said: Stop) -> Objection | None:
    """A column in which a row says of its stop something else than the first one did."""
    for name in (*OF_STOP, "cash_due", "cash_taken"):
        silent = not said[name] and name in ("cash_due", "cash_taken", "reason")
        if said[name] != known[name] and not silent:
            column = name.removesuffix("_id")
            return column, _("не то, что в первой строке этой остановки"), _("одно и то же")
    return None


def _possible(row: Row) -> Objection | None:
    said = row.values
    if said[STATUS] == "done" and said[ARRIVED] is None:
        return "arrived_at", _("пусто, а доставка выполнена"), _("когда приехал")
    if said[STATUS] == "failed" and not said[REASON]:
        return "reason", _("пусто, а доставка не удалась"), _("причина")
    if said[PLANNED_TO] and said[PLANNED_TO] < said[PLANNED_FROM]:
        return "planned_to", _("раньше начала"), _("не раньше planned_from")
    return None
