"""What refers to a document, as declared foreign keys tell: new tables are found by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Index, MetaData, Table, and_, exists, true
from sqlalchemy.schema import UniqueConstraint
from sqlalchemy.sql.util import ClauseAdapter

from provodka.connectors.crm_store.tables import metadata

__all__ = ["Reference", "hand_over", "references_to"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds keys of documents of one kind."""

    table: Table
    column: Column[Any]


def references_to(kind: str, declared: MetaData = metadata) -> list[Reference]:
    """Every column of a journaled table that refers to documents of this kind."""
    return [
        Reference(table, column)
        for table in declared.sorted_tables
        if "journal" in table.info
        for column in table.columns
        if any(key.target_fullname == f"crm.{kind}.id" for key in column.foreign_keys)
    ]


def hand_over(connection: Connection, one: Reference, source: UUID, target: UUID) -> int:
    """Let rows that refer to `source` refer to `target`; how many did.

    A row of which `target` has one already, where there may be but one, stays as it is.
    """
    change = (
        one.table.update()
        .where(one.column == source, *(~taken for taken in _taken(one, target)))
        .values({one.column: target})
    )
    return connection.execute(change).rowcount


def _taken(one: Reference, target: UUID) -> Iterator[ColumnElement[bool]]:
    for columns, where in _unique(one.table):
        if one.column in columns:
            other = one.table.alias()
            said = ClauseAdapter(other).traverse(where)
            same = (
                other.c[column.name] == column for column in columns if column is not one.column
            )
            yield and_(where, exists().where(other.c[one.column.name] == target, said, *same))


def _unique(table: Table) -> Iterator[tuple[Sequence[Column[Any]], ColumnElement[bool]]]:
    for index in table.indexes:
        if index.unique:
            yield list(index.columns), _predicate(index)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield list(constraint.columns), true()


def _predicate(index: Index) -> ColumnElement[bool]:
    where = index.dialect_options["postgresql"]["where"]
    return true() if where is None else where
