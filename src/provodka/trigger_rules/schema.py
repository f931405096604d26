"""What rules may read: every document's fields with their types, taken from the store's tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    Numeric,
    Table,
    Text,
)
from sqlalchemy.dialects import postgresql

from provodka.connectors.crm_store.tables import metadata
from provodka.trigger_rules.event_kinds import BY_CLIENT
from provodka.trigger_rules.relations import Section, relations, sections

__all__ = [
    "COUNTED",
    "OF_A_DEAL",
    "Field",
    "FieldType",
    "Root",
    "dates_of",
    "decode",
    "documents",
    "roots",
]

FieldType = Literal["text", "number", "flag", "time", "date", "key"]
TYPES: tuple[tuple[type[Any], FieldType], ...] = (
    (Text, "text"),
    (Numeric, "number"),
    (Integer, "number"),
    (Boolean, "flag"),
    (DateTime, "time"),
    (Date, "date"),
    (postgresql.UUID, "key"),
)
OF_A_DEAL = frozenset(
    {
        "deal", "proposal", "invoice", "payment", "shipment", "task", "interaction", "message",
        "form_entry", "order", "delivery",
    }
)  # fmt: skip
COUNTED = ("invoices_posted", "invoices_unpaid", "invoices_unshipped", "open_tasks", "tasks")
QUOTED = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document: its type, whether it may be empty, its checked values if any.

    `whole` numbers have no fraction; `money` is rounded to the kopeck when written.
    """

    name: str
    type: FieldType
    nullable: bool
    values: tuple[str, ...] = ()
    whole: bool = False
    money: bool = False


@lru_cache(maxsize=1)
def documents() -> Mapping[str, Mapping[str, Field]]:
    """Fields by document kind (the table's name in `crm`) and field name.

    A deal also has whole numbers counted from what belongs to it: `invoices_posted`, and of
    those `invoices_unpaid` and `invoices_unshipped` (not yet in full), `open_tasks` (planned
    interactions count too) and `tasks`, all that there ever were.
    """
    found = {
        table.name: _fields(table)
        for table in metadata.tables.values()
        if table.info.get("journal", ("", "-"))[1] == ""
    }
    for name in COUNTED:
        found["deal"][name] = Field(name, "number", nullable=False, whole=True)
    return found


class Root(NamedTuple):
    """What a name in a rule stands for: a document of a kind, whether it may be missing.

    In a scenario, a deal's `stage` is never empty and is one of `stages`.
    """

    kind: str
    nullable: bool = False
    stages: tuple[str, ...] = ()

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields that the name has."""
        fields = documents()[self.kind]
        if not self.stages:
            return fields
        stage = replace(fields["stage"], nullable=False, values=self.stages)
        return {**fields, "stage": stage}

    @property
    def sections(self) -> Mapping[str, Section]:
        """The tabular sections that the name has."""
        return sections(self.kind)

    @property
    def relations(self) -> Mapping[str, Root]:
        """The documents that the name refers to; as deep in them as rules may go."""
        return {
            name: Root(one.kind, nullable=one.nullable)
            for name, one in relations(self.kind).items()
        }

    def related(self, path: Sequence[str]) -> Root | None:
        """The document at the end of a way through relations, if there is one."""
        if not path:
            return self
        beyond = self.relations.get(path[0])
        return beyond.related(path[1:]) if beyond else None

    def field(self, path: Sequence[str]) -> Field | None:
        """The field at the end of a way through relations, if there is one."""
        holder = self.related(path[:-1])
        return holder.fields.get(path[-1]) if holder and path else None


def roots(kind: str, stages: tuple[str, ...] = ()) -> dict[str, Root]:
    """Names that a rule about a document of this kind may use.

    A rule that belongs to a scenario (which has `stages`) is asked only about documents whose
    deal follows it, so its `deal` and `client` are always there.
    """
    names = {
        "client": Root("client", nullable=not stages),
        "responsible": Root("employee", nullable=True),
        "head": Root("employee", nullable=True),
    }
    if kind in OF_A_DEAL or (stages and kind in BY_CLIENT):
        names["deal"] = Root("deal", nullable=not stages and kind != "deal", stages=stages)
    return {kind: Root(kind)} | names


def dates_of(names: Mapping[str, Root]) -> list[str]:
    """The fields with a date or a time of the documents known by these names."""
    return [
        f"{name}.{field.name}"
        for name, root in names.items()
        for field in root.fields.values()
        if field.type in ("time", "date")
    ]


def decode(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A journal row with the types of the table: keys, times, dates, exact numbers."""
    found = dict(row)
    for name, typed in _decoders(kind):
        value = found.get(name)
        if value is not None:
            found[name] = typed(value)
    return found


@lru_cache(maxsize=64)
def _decoders(kind: str) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """The fields that the journal keeps in another type, each with what makes its own of it."""
    fields = documents()[kind].values()
    return tuple((one.name, TYPED[one.type]) for one in fields if one.type in TYPED)


def _number(value: Any) -> Decimal:
    return value if type(value) is Decimal else Decimal(value)


TYPED: Mapping[FieldType, Callable[[Any], Any]] = {
    "time": datetime.fromisoformat,
    "date": date.fromisoformat,
    "key": UUID,
    "number": _number,
}


def _fields(table: Table) -> dict[str, Field]:
    found = ((column, _type(column)) for column in table.columns)
    return {
        column.name: Field(
            column.name,
            kind,
            bool(column.nullable),
            _values(column),
            whole=isinstance(column.type, Integer),
            money=any(str(check.name).endswith("_to_the_kopeck") for check in column.constraints),
        )
        for column, kind in found
        if kind
    }


def _type(column: Column[Any]) -> FieldType | None:
    return next((kind for known, kind in TYPES if isinstance(column.type, known)), None)


def _values(column: Column[Any]) -> tuple[str, ...]:
    return next(
        (
            tuple(QUOTED.findall(str(check.sqltext)))
            for check in column.constraints
            if isinstance(check, CheckConstraint) and str(check.name).endswith("_known")
        ),
        (),
    )
