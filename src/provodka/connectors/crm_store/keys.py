"""Many keys in one statement: sent as one JSON text, which is far cheaper than an array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, column, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as UUID_COLUMN

__all__ = ["listed", "listed_ids"]


def listed(keys: Sequence[str]) -> Select[tuple[str]]:
    """A subquery of the keys, for `column.in_(listed(keys))`."""
    return select(_elements(list(keys)))


def listed_ids(keys: Iterable[UUID]) -> Select[tuple[UUID]]:
    """The same for keys of documents."""
    return select(cast(_elements([str(key) for key in keys]), UUID_COLUMN(as_uuid=True)))


def _elements(keys: list[str]) -> ColumnElement[str]:
    """One row for each key; qualified, or a column of the outer query of that name would win."""
    rows = func.jsonb_array_elements_text(literal(keys, JSONB))
    listing: ColumnElement[str] = (
        rows.table_valued(column("one", Text)).render_derived("listed").c.one
    )
    return listing
