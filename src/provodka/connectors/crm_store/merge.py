"""Set-based writing: COPY to staging, then one statement that touches only what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import JSON

from provodka.connectors.crm_store.engine import driver_of, dump_json

__all__ = ["Json", "Rendered", "append", "merge", "render", "replace_parts"]

CHUNK = 500
"""Rows a chunk: a few hundred kilobytes."""


@dataclass(frozen=True, slots=True)
class Json:
    """A value for a `jsonb` column that is JSON text already."""

    text: str


def _escape(text: str) -> str:
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text or "\0" in text:
        return (
            text.replace("\\", "\\\\")
            .replace("\t", "\\t")
            .replace("\n", "\\n")
            .replace("\r", "\\r")
            .replace("\0", "")
        )
    return text


WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _value: "\\N",
    str: _escape,
    bool: lambda value: "t" if value else "f",
    int: int.__repr__,
    Decimal: Decimal.__str__,
    UUID: attrgetter("hex"),
    datetime: datetime.isoformat,
    date: date.isoformat,
    Json: lambda value: _escape(value.text),
    dict: lambda value: _escape(dump_json(value)),
    list: lambda value: _escape(dump_json(value)),
}


class Rendered(list[bytes]):
    """Rows as UTF-8 text for COPY, made ahead of the transaction that writes them."""


Rows = Iterable[Sequence[Any]] | Rendered


def render(rows: Iterable[Sequence[Any]]) -> Rendered:
    """Make rows ready for COPY; the work that needs no database."""
    return Rendered(_chunks(rows))


def append(connection: Connection, table: Table, columns: Sequence[str], rows: Rows) -> None:
    """COPY rows whose keys are new straight into a table; a key that is there is an error."""
    _copy(connection, table.fullname, columns, rows)


def merge(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Rows,
    *,
    key: Sequence[str] = ("id",),
    compare: Sequence[str] | None = None,
    stamp: str = "",
) -> int:
    """Insert or update rows by key; returns how many really changed.

    `stamp` names a column that is set to the transaction's time in rows that change.

    `rows` are tuples in the order of `columns`, each key once. A row is updated only where a
    column of `compare` (all but the key by default) differs; a `bool`, `str`, `int`, `Decimal`,
    `UUID`, aware `datetime`, `date`, `Json`, `dict`, `list` or `None` is understood.
    """
    staging = _stage(connection, table, columns, rows)
    others = [name for name in columns if name not in key]
    seen = others if compare is None else list(compare)
    action = "DO NOTHING"
    if seen:
        changes = ", ".join(f"{name} = excluded.{name}" for name in others)
        changes += f", {stamp} = now()" if stamp else ""
        ours = ", ".join(_comparable(table, "merged", name) for name in seen)
        theirs = ", ".join(_comparable(table, "excluded", name) for name in seen)
        action = f"DO UPDATE SET {changes} WHERE ({ours}) IS DISTINCT FROM ({theirs})"
    listed = ", ".join(columns)
    return _run(
        connection,
        f"INSERT INTO {table.fullname} AS merged ({listed}) SELECT {listed} FROM {staging}"
        f" ON CONFLICT ({', '.join(key)}) {action}",
    )


def _comparable(table: Table, row: str, column: str) -> str:
    """A column in a comparison: `json` has no equality of its own, its text has."""
    kept_as_text = type(table.c[column].type) is JSON
    return f"{row}.{column}::text" if kept_as_text else f"{row}.{column}"


def replace_parts(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Rows,
    *,
    owner: str,
    owners: Sequence[UUID],
) -> int:
    """Make the lines of `owners` exactly `rows`; returns how many rows really changed.

    `columns` begin with the owner's column and `line`. Lines that are gone are deleted, in the
    same statement; lines that stay the same are not touched. Documents that are new, and so
    have no lines yet, need not be among `owners`.
    """
    if not owners:
        return merge(connection, table, columns, rows, key=(owner, "line"))
    gone_from = _stage(connection, table, [owner], ((one,) for one in owners), suffix="owners")
    staging = _stage(connection, table, columns, rows)
    listed = ", ".join(columns)
    others = columns[2:]
    changes = ", ".join(f"{name} = excluded.{name}" for name in others)
    ours = ", ".join(f"merged.{name}" for name in others)
    theirs = ", ".join(f"excluded.{name}" for name in others)
    return _run(
        connection,
        f"WITH gone AS (DELETE FROM {table.fullname} t USING {gone_from} o"
        f" WHERE t.{owner} = o.{owner} AND NOT EXISTS (SELECT FROM {staging} s"
        f" WHERE s.{owner} = t.{owner} AND s.line = t.line) RETURNING 1),"
        f" kept AS (INSERT INTO {table.fullname} AS merged ({listed})"
        f" SELECT {listed} FROM {staging}"
        f" ON CONFLICT ({owner}, line) DO UPDATE SET {changes}"
        f" WHERE ({ours}) IS DISTINCT FROM ({theirs}) RETURNING 1)"
        " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM kept)",
    )


def _stage(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Rows,
    suffix: str = "rows",
) -> str:
    """A temporary table of this transaction, filled by COPY; its columns have the table's types."""
    name = f"staging_{table.schema}_{table.name}_{suffix}"
    with driver_of(connection).cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        cursor.execute(
            f"CREATE TEMP TABLE {name} ON COMMIT DROP AS"
            f" SELECT {', '.join(columns)} FROM {table.fullname} WITH NO DATA"
        )
    _copy(connection, name, columns, rows)
    return name


def _copy(connection: Connection, target: str, columns: Sequence[str], rows: Rows) -> None:
    statement = f"COPY {target} ({', '.join(columns)}) FROM STDIN"
    with driver_of(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in rows if isinstance(rows, Rendered) else _chunks(rows):
            copy.write(chunk)


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterable[bytes]:
    """Text for COPY, column by column: what is alike is written out in one go."""
    coming = iter(rows)
    while some := list(islice(coming, CHUNK)):
        columns = [_written(values) for values in zip(*some, strict=True)]
        yield ("\n".join(map("\t".join, zip(*columns, strict=True))) + "\n").encode()


def _written(values: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, values))
    alike = ALIKE.get(kinds.pop()) if len(kinds) == 1 else None
    return alike(values) if alike else [WRITERS[type(value)](value) for value in values]


def _texts(values: Sequence[str]) -> Sequence[str]:
    whole = "".join(values)
    return values if _escape(whole) is whole else [_escape(value) for value in values]


ALIKE: dict[type, Callable[[Sequence[Any]], Sequence[str]]] = {
    str: _texts,
    Json: lambda values: _texts([value.text for value in values]),
    UUID: lambda values: dump_json(values)[2:-2].split('","'),
    int: lambda values: dump_json(values)[1:-1].split(","),
    Decimal: lambda values: list(map(str, values)),
}


def _run(connection: Connection, statement: str) -> int:
    with driver_of(connection).cursor() as cursor:
        cursor.execute(statement)
        if cursor.description is None:
            return int(cursor.rowcount)
        return sum(changed for (changed,) in cursor)
