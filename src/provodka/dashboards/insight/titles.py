"""What people call a document: its kind in words, its number or name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Connection, Table, any_, func, literal, select

from provodka.connectors.crm_store import tables
from provodka.foundation.i18n import _

__all__ = ["Key", "among", "kind_title", "reference_kind", "stage_names", "table_of", "titles"]

Key = tuple[str, UUID]
CALLED_BY = ("number", "name", "title", "subject")
CALLED_AFTER = {
    "settlement_balance": ("client_id", "contract_id"),
    "stock_balance": ("product_id", "warehouse"),
}
"""Documents without a name of their own: the columns that tell them apart for people."""


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """That a column holds one of the values, however many: they go as one array."""
    return column == any_(literal(list(values), ARRAY(column.type)))


def kind_title(kind: str) -> str:
    """The kind in words for people; one that is unknown stays as it is."""
    return {
        "absence": _("отсутствие"),
        "address_state": _("адрес почты"),
        "call": _("звонок"),
        "client": _("клиент"),
        "consent": _("согласие"),
        "contact": _("контактное лицо"),
        "contract": _("договор"),
        "deal": _("сделка"),
        "delivery": _("остановка"),
        "delivery_point": _("точка доставки"),
        "department": _("отдел"),
        "employee": _("сотрудник"),
        "form_entry": _("форма сайта"),
        "interaction": _("взаимодействие"),
        "invoice": _("счет"),
        "message": _("письмо"),
        "messenger_account": _("учетная запись мессенджера"),
        "order": _("заказ"),
        "organization": _("организация"),
        "payment": _("поступление"),
        "plan": _("план продаж"),
        "price": _("цена"),
        "product": _("номенклатура"),
        "proposal": _("КП"),
        "returnable": _("движение тары"),
        "settlement_balance": _("взаиморасчеты"),
        "shipment": _("отгрузка"),
        "stock_balance": _("остаток на складе"),
        "signal": _("сигнал"),
        "task": _("задача"),
        "visit": _("посещение"),
    }.get(kind, kind)


def table_of(kind: str, part: str = "") -> Table | None:
    """The table of a kind of documents, or of one of its tabular sections."""
    return tables.metadata.tables.get(f"crm.{kind}_{part}" if part else f"crm.{kind}")


def reference_kind(kind: str, part: str, field: str) -> str | None:
    """The kind of document that a field refers to, if it refers to one."""
    table = table_of(kind, part)
    column = None if table is None else table.columns.get(field)
    if column is None or not field.endswith("_id"):
        return None
    return next((key.column.table.name for key in column.foreign_keys), None)


def titles(connection: Connection, documents: Iterable[Key]) -> Mapping[Key, str]:
    """Number, name, title or subject of each document that is still in the store.

    One query per kind.
    """
    by_kind: dict[str, set[UUID]] = defaultdict(set)
    for kind, document in documents:
        by_kind[kind].add(document)
    found: dict[Key, str] = {}
    for kind, wanted in by_kind.items():
        table = table_of(kind)
        if table is None:
            continue
        columns = [one for one in CALLED_AFTER.get(kind, CALLED_BY) if one in table.columns]
        asked = select(table.c.id, *(table.columns[name] for name in columns))
        rows = connection.execute(asked.where(among(table.c.id, wanted))).all()
        names = _names_of(connection, kind, columns, rows)
        for row in rows:
            parts = (names.get(part, part) for part in row[1:] if part)
            found[(kind, row[0])] = " · ".join(str(part) for part in parts)
    return found


def _names_of(
    connection: Connection, kind: str, columns: Sequence[str], rows: Sequence[Any]
) -> Mapping[Any, str]:
    """The titles of what rows refer to in these columns."""
    targets = [reference_kind(kind, "", name) for name in columns]
    wanted = {
        (target, value)
        for row in rows
        for target, value in zip(targets, row[1:], strict=True)
        if target and value
    }
    return {key: title for (_kind, key), title in titles(connection, wanted).items()}


def stage_names(connection: Connection) -> Mapping[str, str]:
    """The name of each stage by its code; codes that scenarios name differently are left out."""
    stage = tables.deals.stage
    names = connection.execute(
        select(stage.c.code, func.min(stage.c.name).label("name"))
        .group_by(stage.c.code)
        .having(func.count(stage.c.name.distinct()) == 1)
    )
    return {row.code: row.name for row in names}
