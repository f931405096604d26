"""Clients and goods of the past: new ones are made, empty fields of known ones are filled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, func, text

from provodka.connectors.crm_store.tables.clients import client
from provodka.connectors.crm_store.tables.goods import price, product
from provodka.connectors.telephony.numbers import e164
from provodka.flows.history.landing import Landing, Objection, ambiguous, remember
from provodka.flows.history.rows import Row
from provodka.flows.history.values import folded
from provodka.foundation.i18n import _
from provodka.mappings.tax_numbers import inn_is_valid, kpp_is_valid

__all__ = ["goods_of", "land_clients", "land_products", "people_of", "product_kind"]

NAME, KIND, INN, KPP, PHONE, EMAIL, ADDRESS, SOURCE, RESPONSIBLE = range(9)
UNIT, CODE, ARTICLE, VAT, PRICE = range(2, 7)
RETURNABLE = frozenset(
    ("returnable", "tare", "тара", "возвратная тара", "бутыль", "бутыли", "оборотная тара", "залог")
)
SERVICE = frozenset(("service", "services", "услуга", "услуги"))


def product_kind(said: str | None) -> str:
    """`goods`, `service` or `returnable`, by what the past calls the kind of an item."""
    word = folded(said) if said else ""
    return "returnable" if word in RETURNABLE else "service" if word in SERVICE else "goods"


def people_of(named: Iterable[tuple[str, str | None]]) -> dict[str, dict[str, Any]]:
    """Clients to make, by folded name; one of an unknown kind is a person."""
    return {
        folded(name): {"name": name, "kind": kind or "individual"} for name, kind in named if name
    }


def goods_of(named: Iterable[tuple[str, str | None]]) -> dict[str, dict[str, Any]]:
    """Products to make, by folded name."""
    return {folded(name): {"name": name, "kind": product_kind(kind)} for name, kind in named}


def land_clients(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    """Make clients, or fill the empty fields of those that are known by name."""
    names = landing.names
    fit = landing.sort(rows, _real_client)
    names.employees.find(connection, {row.values[RESPONSIBLE] for row in fit})
    names.clients.find(connection, {row.values[NAME] for row in fit})
    fit = landing.sort(
        fit,
        ambiguous(names.clients, NAME, "name"),
        ambiguous(names.employees, RESPONSIBLE, "responsible"),
    )
    people = {row.values[RESPONSIBLE] for row in fit if row.values[RESPONSIBLE]}
    names.employees.make(
        connection, {folded(one): {"name": one, "role": "manager"} for one in people}
    )
    values = {folded(row.values[NAME]): _client(landing, row.values) for row in reversed(fit)}
    names.clients.make(connection, values)
    _keep(connection, landing, fit, client, lambda row: _client(landing, row.values))


def land_products(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    """Make products, or fill the empty fields of known ones; a price where there is none."""
    names = landing.names.products
    names.find(connection, {row.values[NAME] for row in rows})
    fit = landing.sort(rows, _real_product, ambiguous(names, NAME, "name"))
    values = {folded(row.values[NAME]): _product(row.values) for row in reversed(fit)}
    names.make(connection, values)
    made = _keep(connection, landing, fit, product, lambda row: _product(row.values))
    _price(connection, {id: row.values[PRICE] for row, id in made if row.values[PRICE] is not None})


def _client(landing: Landing, said: tuple[Any, ...]) -> dict[str, Any]:
    phone = said[PHONE]
    legal = said[KPP] or (said[INN] and len(said[INN]) == 10)
    kind = said[KIND] or ("legal_entity" if legal else "individual")
    return {
        "name": said[NAME],
        "kind": kind,
        "inn": said[INN],
        "kpp": said[KPP],
        "phone": (e164(phone) or phone) if phone else None,
        "email": said[EMAIL],
        "delivery_address": said[ADDRESS],
        "source": said[SOURCE],
        "responsible_id": landing.names.employees.id(said[RESPONSIBLE]),
    }


def _product(said: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "name": said[NAME],
        "kind": product_kind(said[KIND]),
        "unit": said[UNIT] or "шт",
        "code": said[CODE],
        "article": said[ARTICLE],
        "vat_rate": said[VAT] or "vat22",
    }


def _keep(
    connection: Connection,
    landing: Landing,
    rows: Sequence[Row],
    table: Table,
    values: Callable[[Row], Mapping[str, Any]],
) -> list[tuple[Row, UUID]]:
    """Fill what is empty in the store, and never write over what a person has entered."""
    names = landing.names.clients if table is client else landing.names.products
    made = [(row, names.known[folded(row.values[NAME])].id) for row in rows]
    for row, id in made:
        given = {
            name: value
            for name, value in values(row).items()
            if value is not None and table.c[name].nullable
        }
        filled = {name: func.coalesce(table.c[name], value) for name, value in given.items()}
        if filled:
            connection.execute(table.update().where(table.c.id == id).values(filled))
    remember(connection, landing.reading.kind.name, made)
    landing.done(rows)
    return made


def _price(connection: Connection, prices: Mapping[UUID, Any]) -> None:
    today = datetime.now(UTC).date()
    rows = [{"product_id": id, "amount": said, "valid_from": today} for id, said in prices.items()]
    priced = text(
        "SELECT product_id FROM crm.price WHERE client_id IS NULL AND deleted_at IS NULL"
        " AND product_id = ANY(:ids)"
    )
    known = set(connection.scalars(priced, {"ids": list(prices)}))
    new = [row for row in rows if row["product_id"] not in known]
    if new:
        connection.execute(price.insert(), new)


def _real_product(row: Row) -> Objection | None:
    price = row.values[PRICE]
    if price is not None and price < 0:
        return "price", _("цена меньше нуля"), _("0 или больше")
    return None


def _real_client(row: Row) -> Objection | None:
    inn, kpp = row.values[INN], row.values[KPP]
    if inn and not inn_is_valid(inn):
        return "inn", f"«{inn}»", _("ИНН из 10 или 12 цифр с верными контрольными")
    if kpp and not kpp_is_valid(kpp):
        return "kpp", f"«{kpp}»", _("КПП из 9 знаков")
    return None
