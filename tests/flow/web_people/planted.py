"""A store in which one person is mentioned in every text there is, and a dump of all of it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Table, Text, text

from provodka.connectors.crm_store.engine import driver_of, dump_json
from provodka.connectors.crm_store.tables import metadata
from provodka.foundation.identifiers import uuid7

__all__ = [
    "ADDRESS",
    "EMAIL",
    "INN",
    "NAME",
    "OLD_PHONE",
    "PHONE",
    "TRACES",
    "dump",
    "person",
    "plant",
]

NAME = "Чудакова Мария Ивановна"
PHONE = "+79165550142"
OLD_PHONE = "+79165550199"
EMAIL = "chudakova@example.ru"
ADDRESS = "г. Тверь, ул. Тихая, д. 7, кв. 12"
INN = "500100732259"
SAID = (
    f"просила {NAME} (8 916 555-01-42, раньше {OLD_PHONE}), пишет с Chudakova@Example.ru,"
    f" живет {ADDRESS}, ИНН {INN}; мария чудакова перезвонит, Чудакова М. И. согласна"
)
TRACES = re.compile(r"чудаков|chudakova|5550142|5550199|555-01-42|ул\. Тихая|500100732259", re.I)
STAFF = ("person", "session", "enter_link", "audit", "erasure", "sign_in_pace")
ABOUT_STAFF = {f"hub.{name}" for name in STAFF}
"""Tables about those who work here."""
NOT_TEXT = {
    "hub.rule_version": "rules that engineers write",
    "hub.worker": "names of computers",
    "hub.file": "hashes and kinds of content",
    "hub.base_schema": "the shape of a 1C base",
    "hub.delta_month": "names of our own files",
}
SHAPES = {
    "crm.client.name": NAME,
    "crm.client.full_name": NAME,
    "crm.client.phone": PHONE,
    "crm.client.email": EMAIL,
    "crm.client.delivery_address": ADDRESS,
    "crm.contact.name": NAME,
    "crm.contact.phone": PHONE,
    "crm.contact.email": EMAIL,
    "crm.delivery_point.address": ADDRESS,
    "crm.messenger_account.name": NAME,
    "crm.messenger_account.phone": PHONE,
    "crm.messenger_account.account": "7005550142",
    "crm.client.inn": None,
    "crm.client.kpp": None,
    "crm.organization.inn": None,
    "crm.organization.kpp": None,
    "crm.scenario.code": "x",
    "crm.stage.scenario": "x",
    "crm.stage.code": "y",
    "crm.deal.scenario": "x",
    "crm.deal.stage": "y",
    "report.answer.report": "x",
    "report.answer.question": "x",
    "report.answer_list.report": "x",
    "report.answer_list.question": "x",
    "hub.inbox.likeness": "x",
    "hub.bank_file.digest": "x",
    "hub.bank_mention.digest": "x",
    "crm.plan.amount": 1,
}
"""Columns whose values have a shape of their own, or are what the person is found by."""
WORDS = re.compile(r"'([^']*)'")


def person(connection: Connection) -> UUID:
    """A client who had another phone once, with an order and what belongs to it."""
    insert = text(
        "INSERT INTO crm.client (name, full_name, kind, phone, email, delivery_address, inn)"
        " VALUES (:name, :name, 'individual', :old, :email, :address, :inn) RETURNING id"
    )
    given = {"name": NAME, "old": OLD_PHONE, "email": EMAIL, "address": ADDRESS, "inn": INN}
    key: UUID = connection.execute(insert, given).scalar_one()
    change = text("UPDATE crm.client SET phone = :phone WHERE id = :key")
    connection.execute(change, {"phone": PHONE, "key": key})
    return key


def plant(connection: Connection, client: UUID) -> list[str]:
    """A row in every table, of that client where it has one, the person in all its texts."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    planted = ["crm.client"]
    for table in metadata.sorted_tables:
        if table.fullname in {*NOT_TEXT, *ABOUT_STAFF, *planted}:
            continue
        row = {column.name: _value(table, column, client) for column in table.columns}
        kept = {name: value for name, value in row.items() if value is not ...}
        names = ", ".join(f'"{name}"' for name in kept)
        slots = ", ".join(f":{name}" for name in kept)
        into = f'INSERT INTO {table.schema}."{table.name}" ({names}) VALUES ({slots})'
        connection.execute(text(into), kept)
        planted.append(table.fullname)
    connection.execute(text("SET LOCAL session_replication_role = origin"))
    return planted


def _value(table: Table, column: Column[Any], client: UUID) -> Any:
    """What to put in: `...` leaves the default, which is what numbers and times get."""
    kind = type(column.type).__name__.upper()
    place = f"{table.fullname}.{column.name}"
    if place in SHAPES:
        return SHAPES[place]
    if column.identity is not None or column.computed is not None:
        return ...
    if kind == "UUID":
        of_client = column.name in ("client_id", "client") or place == "hub.duplicate.first"
        return client if of_client else _needed(column, uuid7())
    if kind in ("JSON", "JSONB"):
        return dump_json({"said": SAID, "phones": [PHONE, 79165550142], NAME: True})
    if kind == "TEXT":
        known = _choice(table, column)
        return known or SAID
    return _plain(column, kind)


def _choice(table: Table, column: Column[Any]) -> str:
    for check in table.constraints | column.constraints:
        said = str(getattr(check, "sqltext", ""))
        if said.startswith(f"{column.name} IN ("):
            return str(WORDS.findall(said)[0])
    return ""


def _needed(column: Column[Any], value: Any) -> Any:
    return ... if column.nullable or column.server_default is not None else value


def _plain(column: Column[Any], kind: str) -> Any:
    values: dict[str, Any] = {
        "DATETIME": "2026-11-01T10:00:00Z",
        "TIMESTAMP": "2026-11-01T10:00:00Z",
        "DATE": "2026-11-01",
        "TIME": "10:00",
        "INTERVAL": "1 day",
        "BOOLEAN": False,
        "LARGEBINARY": SAID.encode(),
        "ARRAY": [SAID] if isinstance(getattr(column.type, "item_type", None), Text) else [],
        "XID8": "1",
    }
    if kind == "LARGEBINARY":
        return SAID.encode()
    return _needed(column, values.get(kind, 1))


def dump(connection: Connection) -> str:
    """Every row of every table, as text."""
    tables = connection.scalars(
        text(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('crm', 'hub', 'report', 'journal') AND c.relkind = 'r'"
        )
    )
    pieces = []
    for table in list(tables):
        with driver_of(connection).cursor() as cursor:
            query = f"COPY (SELECT '{table}', t.* FROM {table} t) TO STDOUT"
            with cursor.copy(query.encode()) as copy:
                pieces += [bytes(piece).decode() for piece in copy]
    return "".join(pieces)
