"""Many rows by one statement, each on behalf of whoever asked for it.

The journal notes for each document the origin, cause and depth that are named here for it. A
row whose document has no such reason is refused by the journal, so that nothing that a trigger
of the store writes on the way is ever noted under a wrong name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Table, TextClause, text
from sqlalchemy.dialects import postgresql

from provodka.connectors.crm_store.engine import dump_json

__all__ = ["Change", "Why", "as_oneself", "insert_rows", "of_field", "update_rows"]

TOLD = "told AS MATERIALIZED (SELECT set_config('hub.reasons', :reasons, true))"
FORGET = text("SELECT set_config('hub.reasons', '', true)")


class Why(NamedTuple):
    """On whose behalf a document is written: the form that the journal reads."""

    document: UUID
    origin: str
    cause: int | None
    depth: int


def _told(whys: Sequence[Why]) -> str:
    """The setting that tells the journal the reason of each document."""
    return dump_json([one._asdict() for one in whys])


def as_oneself(connection: Connection) -> None:
    """What follows in this transaction has one origin again, the one that `attribute` names."""
    connection.execute(FORGET)


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    whys: Sequence[Why] = (),
    *,
    once: str = "",
) -> list[Any]:
    """Insert rows that all have the same columns; `whys` is needed where the table is journaled.

    With a column in `once`, rows that are there already are left out, and that column of those
    that were not is returned.
    """
    if not rows:
        return []
    given = {"rows": dump_json(rows), "reasons": _told(whys) if whys else ""}
    done = connection.execute(_insertion(table, tuple(rows[0]), once), given)
    return list(done.scalars()) if once else []


class Change(NamedTuple):
    """How documents `t` change to values `v`: their SQL columns, the assignments, the condition."""

    values: str
    assigned: str
    condition: str


@lru_cache(maxsize=256)
def of_field(table: Table, field: str) -> Change:
    """A field gets a value where it has another."""
    kind = table.c[field].type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    return Change(
        f"id uuid, {field} {kind}", f"{field} = v.{field}", f"t.{field} IS DISTINCT FROM v.{field}"
    )


def update_rows(
    connection: Connection,
    table: Table,
    change: Change,
    rows: Sequence[Mapping[str, Any]],
    whys: Sequence[Why],
) -> dict[UUID, dict[str, Any]]:
    """Change documents by their `id`; those that were changed, as they are then.

    Each row has the columns of `change.values`, and no document comes twice.
    """
    if not rows:
        return {}
    given = {"rows": dump_json(rows), "reasons": _told(whys)}
    done = connection.execute(_change(table, change), given)
    return {row.id: dict(row._mapping) for row in done}


@lru_cache(maxsize=256)
def _insertion(table: Table, columns: tuple[str, ...], once: str) -> TextClause:
    names = ", ".join(columns)
    values = ", ".join(_value(table, name) for name in columns)
    source = f"json_populate_recordset(CAST(NULL AS {table.fullname}), CAST(:rows AS json)) v"
    return text(
        f"WITH {TOLD} INSERT INTO {table.fullname} ({names}) SELECT {values} FROM told, {source}"
        + (f" ON CONFLICT DO NOTHING RETURNING {once}" if once else "")
    )


def _value(table: Table, name: str) -> str:
    """A JSON column keeps the difference between nothing and JSON's own nothing."""
    kind = table.columns[name].type
    return f"coalesce(v.{name}, 'null')" if kind.__visit_name__ == "JSONB" else f"v.{name}"


@lru_cache(maxsize=256)
def _change(table: Table, change: Change) -> Any:
    names = ", ".join(f"t.{column.name}" for column in table.columns)
    statement = text(
        f"WITH {TOLD} UPDATE {table.fullname} t SET {change.assigned} FROM told,"
        f" json_to_recordset(CAST(:rows AS json)) AS v ({change.values})"
        f" WHERE t.id = v.id AND {change.condition} RETURNING {names}"
    )
    return statement.columns(*table.columns)
