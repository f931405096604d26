"""What a declaration says about our tables, checked against the tables themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import CheckConstraint, Column, Table

from provodka.connectors.crm_store.tables import metadata
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.mappings.converters import CONVERTERS

__all__ = [
    "choices",
    "column_trouble",
    "kinds",
    "must_be_filled",
    "parts_of",
    "table_of",
    "target_of",
]

_QUOTED = re.compile(r"'([^']*)'")


def kinds() -> tuple[str, ...]:
    """Every kind of document the store has."""
    return tuple(table.name for table in _journaled() if table.info["journal"][1] == "")


def table_of(kind: str, part: str = "") -> Table | None:
    """The table of a kind of document, or of one of its parts; None when there is none."""
    for table in _journaled():
        if table.info["journal"][:2] == (kind, part):
            return table
    return None


def parts_of(kind: str) -> tuple[str, ...]:
    """The parts (tabular sections) of a kind of document."""
    journals = [table.info["journal"] for table in _journaled()]
    return tuple(part for one, part, _key in journals if one == kind and part)


def _journaled() -> list[Table]:
    return [table for table in metadata.tables.values() if "journal" in table.info]


def target_of(column: Column[object]) -> str | None:
    """The kind of document a reference column leads to."""
    for key in column.foreign_keys:
        return key.target_fullname.split(".")[1]
    return None


def choices(column: Column[object]) -> tuple[str, ...]:
    """The values a checked text column may hold; empty when it is not one."""
    for constraint in (*column.constraints, *column.table.constraints):
        if isinstance(constraint, CheckConstraint):
            text = str(constraint.sqltext)
            if text.startswith(f"{column.name} IN ("):
                return tuple(_QUOTED.findall(text))
    return ()


def must_be_filled(table: Table, filled: Mapping[str, object]) -> list[str]:
    """Columns that may not be empty, have no default, and that nothing fills."""
    return [
        column.name
        for column in table.columns
        if not column.nullable
        and not column.primary_key
        and column.server_default is None
        and column.name not in filled
    ]


def column_trouble(column: Column[object], how: str, argument: str) -> tuple[str, str] | None:
    """Why a converter does not fit a column: (found, expected), or None when it does."""
    if not isinstance(column.type, CONVERTERS[how].columns):
        found = _("«{how}» для колонки {column} типа {type}").format(
            how=how, column=column.name, type=column.type
        )
        fitting = [name for name, one in CONVERTERS.items() if isinstance(column.type, one.columns)]
        return found, ", ".join(fitting)
    target = target_of(column)
    if CONVERTERS[how].argument == "kind" and target != argument:
        found = _("ссылка на «{argument}»").format(argument=argument)
        return found, _("колонка {column} ссылается на «{target}»").format(
            column=column.name, target=target or nearest(argument, kinds())
        )
    return None
