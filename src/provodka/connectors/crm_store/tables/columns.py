"""The vocabulary of columns that every table is written in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    Sequence,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, TIMESTAMP, UUID

__all__ = [
    "bigint",
    "choice",
    "day",
    "document",
    "flag",
    "image",
    "instant",
    "integer",
    "json",
    "key",
    "lines",
    "metadata",
    "moment",
    "money",
    "number",
    "numbered",
    "ref",
    "words",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def words(name: str, comment: str, **options: Any) -> Column[Any]:
    """Text; nullable unless told otherwise."""
    return Column(name, Text, comment=comment, **options)


def money(name: str, comment: str, **options: Any) -> Column[Any]:
    """A sum, `numeric`, refused (never rounded) when finer than a kopeck; 0 by default."""
    options.setdefault("nullable", False)
    options.setdefault("server_default", text("0"))
    check = CheckConstraint(f"{name} = round({name}, 2)", name=f"{name}_to_the_kopeck")
    return Column(name, Numeric, check, comment=comment, **options)


def number(name: str, comment: str, **options: Any) -> Column[Any]:
    """An exact decimal of any scale: a quantity, a price per unit, a rate."""
    return Column(name, Numeric, comment=comment, **options)


def numbered(kind: str, prefix: str) -> Column[Any]:
    """A number like СЧ00-000001: 11 characters, what 1C gives to `Number` of a document."""
    Sequence(f"{kind}_number", schema="crm", metadata=metadata)
    pattern = f"'\"{prefix}00-\"FM000000'"
    default = text(f"to_char(nextval('crm.{kind}_number'), {pattern})")
    return words("number", "Номер", nullable=False, server_default=default)


def integer(name: str, comment: str, **options: Any) -> Column[Any]:
    """A whole number."""
    return Column(name, Integer, comment=comment, **options)


def bigint(name: str, comment: str, **options: Any) -> Column[Any]:
    """A 64-bit whole number."""
    return Column(name, BigInteger, comment=comment, **options)


def flag(name: str, comment: str, *, default: bool) -> Column[Any]:
    """Yes or no, never unknown."""
    server = text("true" if default else "false")
    return Column(name, Boolean, nullable=False, server_default=server, comment=comment)


def instant(name: str, comment: str, *, now: bool = False, **options: Any) -> Column[Any]:
    """A moment with its zone; `now` makes it required and the transaction's time."""
    if now:
        options |= {"nullable": False, "server_default": text("now()")}
    return Column(name, DateTime(timezone=True), comment=comment, **options)


def moment(name: str, comment: str) -> Column[Any]:
    """A moment to the whole second, as 1C keeps dates of documents; now by default."""
    kind = TIMESTAMP(timezone=True, precision=0)
    return Column(name, kind, nullable=False, server_default=text("now()"), comment=comment)


def day(name: str, comment: str, **options: Any) -> Column[Any]:
    """A calendar date."""
    return Column(name, Date, comment=comment, **options)


def json(name: str, comment: str, **options: Any) -> Column[Any]:
    """A JSON value (`jsonb`)."""
    return Column(name, JSONB, comment=comment, **options)


def image(name: str, comment: str) -> Column[Any]:
    """A document as it was, kept as text (`json`): written often, read whole, never looked into."""
    return Column(name, JSON, comment=comment)


def key(name: str = "id", comment: str = "Ключ, UUID версии 7") -> Column[Any]:
    """The primary key of a document."""
    return Column(
        name,
        UUID(as_uuid=True),
        primary_key=True,
        server_default=text("hub.uuid7()"),
        comment=comment,
    )


def ref(name: str, target: str, comment: str, **options: Any) -> Column[Any]:
    """A reference to a document of another table in `crm`."""
    return Column(
        name, UUID(as_uuid=True), ForeignKey(f"crm.{target}.id"), comment=comment, **options
    )


def choice(name: str, values: tuple[str, ...], comment: str, **options: Any) -> Column[Any]:
    """A checked text: one of `values`; the first is the default unless it may be null."""
    if not options.get("nullable"):
        options["nullable"] = False
        options.setdefault("server_default", text(f"'{values[0]}'"))
    listed = ", ".join(f"'{value}'" for value in values)
    check = CheckConstraint(f"{name} IN ({listed})", name=f"{name}_known")
    return Column(name, Text, check, comment=f"{comment}: {' | '.join(values)}", **options)


def document(name: str, comment: str, *columns: Any) -> Table:
    """A table of documents: key, the columns, when it was created, its tombstone.

    Journaled: every real change of a row becomes a `hub.delta`.
    """
    return Table(
        name,
        metadata,
        key(),
        *columns,
        instant("created_at", "Когда запись создана", now=True),
        instant("deleted_at", "Надгробие: когда запись удалена; пусто, пока жива"),
        schema="crm",
        comment=comment,
        info={"journal": (name, "", "id")},
    )


def lines(name: str, owner: str, comment: str, *columns: Any) -> Table:
    """A tabular section: rows 1..n of a document; journaled as a part of that document."""
    return Table(
        name,
        metadata,
        Column(
            f"{owner}_id",
            UUID(as_uuid=True),
            ForeignKey(f"crm.{owner}.id", ondelete="CASCADE"),
            primary_key=True,
            comment="Документ, которому принадлежит строка",
        ),
        integer("line", "Номер строки, с 1", primary_key=True, autoincrement=False),
        *columns,
        schema="crm",
        comment=comment,
        info={"journal": (owner, name.removeprefix(f"{owner}_"), f"{owner}_id")},
    )
