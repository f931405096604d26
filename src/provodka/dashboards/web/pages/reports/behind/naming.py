"""Which row of a report was chosen, in the words that people know it by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.dashboards.web.pages.reports.asking import Asked
from provodka.dashboards.web.pages.reports.choices import FIXED, fields_of
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.masking import masked_name, sees_names
from provodka.dashboards.web.people.visitor import Visitor
from provodka.foundation.i18n import _

__all__ = ["chosen_of", "is_key"]

TABLES = {
    "manager": "employee",
    "executor": "employee",
    "operator": "employee",
    "courier": "employee",
    "department": "department",
    "client": "client",
    "item": "product",
}
KINDS = {"client": "name, kind", "employee": "name, ''", "department": "name, ''"}
STAGE = text("""
    SELECT c.name, s.name FROM crm.scenario c
    LEFT JOIN crm.stage s ON s.scenario = c.code AND s.code = :stage WHERE c.code = :scenario
""")


def chosen_of(visit: Visit, asked: Asked, keys: Mapping[str, str]) -> tuple[str, ...]:
    """The filters of the question, then the row; people are named as far as the visitor sees."""
    filters = [f"{one.title}: {one.said}" for one in fields_of(visit, asked) if one.value]
    row = _row(visit.connection, visit.visitor, asked, keys)
    return tuple(dict.fromkeys([*filters, *(said for said in row if said)]))


def _row(
    connection: Connection, visitor: Visitor, asked: Asked, keys: Mapping[str, str]
) -> Iterator[str]:
    if keys.get("scenario"):
        given = {"scenario": keys["scenario"], "stage": keys.get("stage", "")}
        yield from (str(one) for one in connection.execute(STAGE, given).first() or () if one)
    for name, key in keys.items():
        dimension = asked.query.by or "" if name == "group" else name
        if dimension in TABLES and is_key(key):
            yield _name(connection, visitor, TABLES[dimension], key)
        elif key and dimension in FIXED:
            yield _(dict(FIXED[dimension]).get(key, key))
        elif name in ("group", "hour", "day") and key:
            yield key


def is_key(written: str) -> bool:
    """Whether a text is the key of a document."""
    try:
        return str(UUID(written)) == written
    except ValueError:
        return False


def _name(connection: Connection, visitor: Visitor, kind: str, key: str) -> str:
    statement = text(
        f"SELECT {KINDS.get(kind, KINDS['employee'])} FROM crm.{kind}"  # noqa: S608
        " WHERE id = CAST(:key AS uuid)"
    )
    found = connection.execute(statement, {"key": key}).first()
    if found is None:
        return key
    hidden = found[1] == "individual" and not sees_names(visitor)
    return masked_name(found[0]) if hidden else str(found[0])
