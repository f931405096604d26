"""Whom a filter means: the documents that bear a name, or those with the keys given."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Table, func, select, text

from provodka.connectors.crm_store.tables.goods import product
from provodka.connectors.crm_store.tables.report_versions import VERSIONS
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["named_table", "namesakes"]

NEWEST = 500
"""So many names are looked through for one like that which nobody bears."""
JOURNAL = text("""
    SELECT DISTINCT document FROM hub.delta
    WHERE kind = :kind AND part = '' AND lower(after ->> 'name') = lower(:name)
""")
"""Names that no table of versions knows yet."""


def namesakes(connection: Connection, kind: str, wanted: str, name: str) -> list[str]:
    """The keys of all documents of a kind that bear a name, or the keys given, parted by commas.

    An employee may be called by the surname alone. Raises `ConfigurationError`, which names the
    filter `name`, for a name that nobody bears or ever bore.
    """
    keys = wanted.split(",")
    if kind != "scenario" and all(_is_key(one) for one in keys):
        return keys
    found = _scenarios(connection, wanted) if kind == "scenario" else _of(connection, kind, wanted)
    if not found:
        raise ConfigurationError(
            f"report --where {name}",
            found=_("имени «{name}» никто и ничто не носит").format(name=wanted),
            expected=nearest(wanted, _names(connection, kind)) or _("имя из справочника"),
            next_step=_("назовите имя, как в справочнике, фамилию сотрудника или ключ"),
            code="unknown_name",
        )
    return found


def named_table(kind: str) -> tuple[Table, Column[Any]]:
    """The table that knows a kind by name, and its column of keys."""
    if kind == "product":
        return product, product.c.id
    return VERSIONS[kind], VERSIONS[kind].c.document


def _scenarios(connection: Connection, wanted: str) -> list[str]:
    codes = text("SELECT code FROM crm.scenario WHERE :name IN (code, name) ORDER BY code")
    return list(connection.scalars(codes, {"name": wanted}))


def _of(connection: Connection, kind: str, wanted: str) -> list[str]:
    table, key = named_table(kind)
    said = func.lower(wanted.strip())
    ways = [func.lower(table.c.name) == said]
    if kind == "employee":
        ways.append(func.split_part(func.lower(table.c.name), " ", 1) == said)
    found = [list(connection.scalars(select(key).where(way).distinct())) for way in ways]
    if kind in VERSIONS and not any(found):
        told = {"kind": kind, "name": wanted.strip()}
        found.append(list(connection.scalars(JOURNAL, told)))
    return [str(one) for one in next(filter(None, found), [])]


def _names(connection: Connection, kind: str) -> list[str]:
    """Some of the names that documents of a kind bear, those of the newest first."""
    if kind == "scenario":
        return list(connection.scalars(text("SELECT name FROM crm.scenario ORDER BY name")))
    table, key = named_table(kind)
    named = select(table.c.name).where(table.c.name.is_not(None))
    return list(connection.scalars(named.order_by(key.desc()).limit(NEWEST)))


def _is_key(written: str) -> bool:
    try:
        UUID(written)
    except ValueError:
        return False
    return True
