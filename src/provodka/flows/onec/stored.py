"""Documents as the store has them: their tables, and their rows nested for comparing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, select

from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables import metadata
from provodka.mappings.compiled import Mapping
from provodka.mappings.snapshot import shape

__all__ = ["load", "part_table", "table_of"]


def table_of(mapping: Mapping) -> Table:
    """The documents' table."""
    return metadata.tables[f"crm.{mapping.kind}"]


def part_table(mapping: Mapping, part: str) -> Table:
    """The table of a tabular section."""
    return metadata.tables[f"crm.{mapping.kind}_{part}"]


def load(
    connection: Connection, mapping: Mapping, keys: Sequence[UUID], *, lock: bool = True
) -> dict[UUID, dict[str, Any]]:
    """Documents as they are in the store, nested as `shape` makes them.

    They are locked until the transaction ends, so that nobody's change made in between is lost;
    whoever only looks need not `lock`.
    """
    if not keys:
        return {}
    table = table_of(mapping)
    chosen = [table.c[name] for name in mapping.columns]
    wanted = select(table.c.id, *chosen).where(table.c.id.in_(listed_ids(keys)))
    rows = connection.execute(wanted.order_by(table.c.id).with_for_update() if lock else wanted)
    values = {row.id: {name: row._mapping[name] for name in mapping.columns} for row in rows}
    parts: dict[UUID, dict[str, list[dict[str, Any]]]] = {
        key: {part.name: [] for part in mapping.parts} for key in values
    }
    for part, columns in mapping.part_columns.items():
        lines = part_table(mapping, part)
        owner = lines.c[f"{mapping.kind}_id"]
        chosen = [lines.c[name] for name in columns]
        for row in connection.execute(
            select(owner.label("owner"), *chosen)
            .where(owner.in_(listed_ids(keys)))
            .order_by(lines.c.line)
        ):
            fields = dict(row._mapping)
            parts[fields.pop("owner")][part].append(fields)
    return {key: shape(values[key], parts[key]) for key in values}
