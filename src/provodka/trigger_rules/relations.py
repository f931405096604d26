"""How documents refer to each other, and what a tabular section looks like as a whole.

A reference column `client_id` is the relation `client`: `deal.client.kind`. A section is told
by its sums: `deal.items.count`, `"returnable" in invoice.lines.kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from provodka.connectors.crm_store.tables import metadata

__all__ = ["DEEPEST", "Relation", "Section", "relations", "sections", "summed"]

DEEPEST = 2
"""How many relations may follow each other after the first name."""


class Relation(NamedTuple):
    """A reference to a document of another kind; `nullable` when it may be empty."""

    kind: str
    column: str
    nullable: bool


class Section(NamedTuple):
    """A tabular section: its table, the column that names its document, whether it has goods."""

    table: str
    owner: str
    goods: bool


@lru_cache(maxsize=64)
def relations(kind: str) -> Mapping[str, Relation]:
    """The documents that one of this kind refers to, by the name of the relation."""
    table = metadata.tables[f"crm.{kind}"]
    return {
        column.name.removesuffix("_id"): Relation(
            next(iter(column.foreign_keys)).column.table.name, column.name, bool(column.nullable)
        )
        for column in table.columns
        if column.name.endswith("_id") and column.foreign_keys
    }


@lru_cache(maxsize=64)
def sections(kind: str) -> Mapping[str, Section]:
    """The tabular sections of a kind of documents, by name."""
    found = {}
    for table in metadata.tables.values():
        owner, part, column = table.info.get("journal", ("", "", ""))
        if owner == kind and part:
            found[part] = Section(table.name, column, "product_id" in table.columns)
    return found


def summed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A section as a whole: how many rows, their sums, the names and kinds of their goods."""
    return {
        "count": Decimal(len(rows)),
        "quantity": sum((row.get("quantity") or Decimal(0) for row in rows), Decimal(0)),
        "amount": sum((row["amount"] for row in rows), Decimal(0)),
        "products": tuple(row["product"] for row in rows if "product" in row),
        "kinds": tuple(row["product_kind"] for row in rows if "product_kind" in row),
    }
