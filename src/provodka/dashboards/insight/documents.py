"""One document as it is now: its fields, its lines, where it lies elsewhere, what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, select, text

from provodka.connectors.crm_store.tables import metadata
from provodka.connectors.crm_store.tables.hub import binding
from provodka.connectors.crm_store.tables.talk import call, message
from provodka.dashboards.insight.titles import Key, reference_kind, table_of, titles

__all__ = [
    "Attached",
    "Bound",
    "Document",
    "attached",
    "bindings_of",
    "is_kind",
    "letters_and_calls",
    "read_document",
]

MOST_LINES = 500
MOST_TALKS = 50
HIDDEN = frozenset({"id", "deleted_at", "created_at"})
FILES = text("""
    SELECT message_id, number, name, size, sha256, left_out FROM hub.message_file
    WHERE message_id = ANY(CAST(:letters AS uuid[])) ORDER BY message_id, number
""")


@dataclass(frozen=True, slots=True)
class Document:
    """Columns of the row that are filled, rows of the sections, titles of what they refer to.

    `refers` has the kind of each column that is a reference; `parts` are sections by name with
    their columns. Of more than 500 rows of a section the rest is left out (`cut`).
    """

    kind: str
    id: UUID
    title: str
    fields: Mapping[str, Any]
    parts: Mapping[str, Sequence[Mapping[str, Any]]]
    names: Mapping[str, str]
    created_at: datetime
    deleted_at: datetime | None
    cut: bool = False

    def refers(self, part: str, column: str) -> str | None:
        """The kind of document that a column refers to."""
        return reference_kind(self.kind, part, column)


@dataclass(frozen=True, slots=True)
class Bound:
    """The same document in another system."""

    system: str
    external_key: str
    external_version: str | None
    agreed_at: datetime


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a letter; `left_out` says why its content was not kept, if it was not."""

    message_id: UUID
    number: int
    name: str
    size: int
    sha256: str
    left_out: str | None


def is_kind(kind: str) -> bool:
    """Whether there are documents of this kind."""
    table = metadata.tables.get(f"crm.{kind}")
    return table is not None and table.info.get("journal", ("", "?"))[1] == ""


def read_document(connection: Connection, kind: str, key: UUID) -> Document | None:
    """The document of this key; `None` if there is none."""
    table = table_of(kind) if is_kind(kind) else None
    if table is None:
        return None
    row = connection.execute(select(table).where(table.c.id == key)).one_or_none()
    if row is None:
        return None
    fields = {name: value for name, value in row._mapping.items() if name not in HIDDEN}
    fields = {name: value for name, value in fields.items() if value not in (None, "", [])}
    parts = {name: _rows(connection, part, kind, key) for name, part in _parts(kind)}
    named = titles(connection, {(kind, key), *_referred(kind, fields, parts)})
    return Document(
        kind,
        key,
        named.get((kind, key), ""),
        fields,
        {name: rows[:MOST_LINES] for name, rows in parts.items() if rows},
        {str(document): title for (_kind, document), title in named.items() if title},
        row.created_at,
        row.deleted_at,
        any(len(rows) > MOST_LINES for rows in parts.values()),
    )


def bindings_of(connection: Connection, kind: str, key: UUID) -> Sequence[Bound]:
    """Where else the document lies."""
    one = binding.c
    query = select(one.system, one.external_key, one.external_version, one.agreed_at)
    mine = query.where(one.document == key, one.kind == kind)
    return [Bound(*row) for row in connection.execute(mine.order_by(one.system))]


def letters_and_calls(
    connection: Connection, kind: str, key: UUID
) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """The latest fifty letters and calls of a deal or a client, newest first.

    A paper's are those of its deal, else of its client; a letter's the rest of its thread.
    """
    owner = _owner(connection, kind, key)
    if owner is None:
        return (), ()
    name, of = owner
    letters: Sequence[Row[Any]] = ()
    calls: Sequence[Row[Any]] = ()
    if name in message.c:
        query = select(message).where(message.c[name] == of, message.c.deleted_at.is_(None))
        letters = connection.execute(query.order_by(message.c.id.desc()).limit(MOST_TALKS)).all()
    if name in call.c:
        told = select(call).where(call.c[name] == of, call.c.deleted_at.is_(None))
        calls = connection.execute(told.order_by(call.c.id.desc()).limit(MOST_TALKS)).all()
    return letters, calls


def attached(connection: Connection, letters: Sequence[UUID]) -> Mapping[UUID, Sequence[Attached]]:
    """The files of letters."""
    found: dict[UUID, list[Attached]] = {}
    for row in connection.execute(FILES, {"letters": list(letters)}):
        found.setdefault(row.message_id, []).append(Attached(**row._mapping))
    return found


def _owner(connection: Connection, kind: str, key: UUID) -> tuple[str, Any] | None:
    """By which column of letters and calls those of a document are found, and its value."""
    if kind in ("deal", "client"):
        return f"{kind}_id", key
    table = table_of(kind)
    if table is None or kind in ("call", "employee"):
        return None
    own = ("thread_key",) if kind == "message" else ("deal_id", "client_id")
    for name in own:
        if name in table.columns:
            value = connection.execute(select(table.c[name]).where(table.c.id == key)).scalar()
            if value:
                return name, value
    return None


def _parts(kind: str) -> Iterator[tuple[str, Table]]:
    for table in metadata.tables.values():
        owner, part, _key = table.info.get("journal", ("", "", ""))
        if owner == kind and part:
            yield part, table


def _rows(connection: Connection, table: Table, kind: str, key: UUID) -> list[Mapping[str, Any]]:
    mine = table.c[f"{kind}_id"] == key
    query = select(table).where(mine).order_by(table.c.line).limit(MOST_LINES + 1)
    owner = f"{kind}_id"
    return [
        {name: value for name, value in row._mapping.items() if name != owner}
        for row in connection.execute(query)
    ]


def _referred(
    kind: str, fields: Mapping[str, Any], parts: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[Key]:
    rows = [("", fields), *((name, row) for name, rows in parts.items() for row in rows)]
    for part, row in rows:
        for column, value in row.items():
            target = reference_kind(kind, part, column)
            if target and value:
                yield target, value
