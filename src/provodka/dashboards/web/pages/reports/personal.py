"""Names and addresses of people in reports, for readers who may not see them whole (152-ФЗ)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeAlias

from sqlalchemy import Connection, text

from provodka.dashboards.results import Cell, ReportResult, Table
from provodka.dashboards.web.people.masking import (
    MASK,
    masked_name,
    masked_text,
    sees_names,
    sees_personal,
)
from provodka.dashboards.web.people.visitor import Visitor

__all__ = ["individuals", "masked"]

Way: TypeAlias = Callable[[str], str]
PEOPLE = text("""
    SELECT id::text FROM crm.client WHERE kind = 'individual' AND id = ANY (CAST(:keys AS uuid[]))
""")
OWNER = {
    kind: text(
        f"SELECT id::text, client_id::text FROM crm.{kind}"  # noqa: S608
        " WHERE id = ANY (CAST(:keys AS uuid[])) AND client_id IS NOT NULL"
    )
    for kind in ("deal", "delivery", "invoice")
}
CLIENTS = {
    ("my_sales", "cards"): ("document", "deal"),
    ("couriers", "goods"): ("client", ""),
    ("couriers", "cash"): ("document", "delivery"),
    ("invoices", "differences"): ("document", "invoice"),
    ("lost_clients", "lost_payers"): ("document", ""),
    ("lost_clients", "lost_points"): ("document", ""),
}
"""Tables with a column `client`: by which key of a row, of which kind of document, he is found."""
FREE_TEXT = frozenset({"title", "subject", "note", "origin"})
ADDRESSES = frozenset({"point"})


def masked(connection: Connection, visitor: Visitor, result: ReportResult) -> ReportResult:
    """The result with as much of people in it as the visitor's roles may see."""
    names, all_of_it = sees_names(visitor), sees_personal(visitor)
    if names and all_of_it:
        return result
    tables = tuple(
        _masked(connection, result, table, names=names, all_of_it=all_of_it)
        for table in result.tables
    )
    return replace(result, tables=tables)


def individuals(connection: Connection, keys: Collection[str]) -> set[str]:
    """Which of these clients are people and not companies."""
    known = sorted({key for key in keys if key})
    return set(connection.scalars(PEOPLE, {"keys": known})) if known else set()


def _masked(
    connection: Connection, result: ReportResult, table: Table, *, names: bool, all_of_it: bool
) -> Table:
    ways: dict[int, Way] = {}
    for index, column in enumerate(table.columns):
        if column.key in FREE_TEXT and not all_of_it:
            ways[index] = masked_text
        elif column.key in ADDRESSES and not all_of_it:
            ways[index] = lambda _address: MASK
    rows = [_with(row, ways) for row in table.rows]
    if not names:
        rows = _without_names(connection, result, table, rows)
    return replace(table, rows=tuple(rows))


def _without_names(
    connection: Connection, result: ReportResult, table: Table, rows: list[tuple[Cell, ...]]
) -> list[tuple[Cell, ...]]:
    shown, owners = _owners(connection, result, table)
    if shown is None or len(table.keys) != len(rows):
        return rows
    people = individuals(connection, [owner for owner in owners if owner])
    return [
        _with(row, {shown: masked_name}) if owner in people else row
        for row, owner in zip(rows, owners, strict=True)
    ]


def _owners(
    connection: Connection, result: ReportResult, table: Table
) -> tuple[int | None, list[str]]:
    """The column that names a client, and the client of each row."""
    columns = {column.key: index for index, column in enumerate(table.columns)}
    place = CLIENTS.get((result.name, table.name))
    if place is not None:
        found = [keys.get(place[0], "") for keys in table.keys]
        owner = _client_of(connection, place[1], found)
        return columns.get("client"), [owner.get(key, key) for key in found]
    if result.query.by == "client":
        if "group" in columns:
            return columns["group"], [keys.get("group", "") for keys in table.keys]
        if "name" in columns:
            return columns["name"], [keys.get("key", "") for keys in table.keys]
    return None, []


def _client_of(connection: Connection, kind: str, keys: list[str]) -> Mapping[str, str]:
    if not kind:
        return {}
    rows = connection.execute(OWNER[kind], {"keys": sorted({key for key in keys if key})})
    return {row[0]: row[1] for row in rows}


def _with(row: tuple[Cell, ...], ways: Mapping[int, Way]) -> tuple[Cell, ...]:
    return tuple(
        ways[index](cell) if index in ways and isinstance(cell, str) else cell
        for index, cell in enumerate(row)
    )
