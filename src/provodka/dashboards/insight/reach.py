"""Whose documents a person of some departments may see: of their own people and of those below."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, Table, select, text

from provodka.connectors.crm_store.tables.clients import client, employee
from provodka.connectors.crm_store.tables.deals import deal
from provodka.dashboards.insight.titles import table_of

__all__ = ["owner_of", "people_of"]

BELOW = text("""
    WITH RECURSIVE own (id) AS (
        SELECT id FROM crm.department WHERE id = ANY(CAST(:departments AS uuid[]))
        UNION SELECT d.id FROM crm.department d JOIN own ON d.parent_id = own.id)
    SELECT e.id FROM crm.employee e WHERE e.department_id IN (SELECT id FROM own)
""")
OWNERS = ("responsible_id", "executor_id", "employee_id", "courier_id")
"""Columns that say whose a document is, the first that is there."""
PARENTS = (("deal_id", deal), ("client_id", client))
"""Whose a document is that does not say so itself: its deal's, or its client's."""


def people_of(connection: Connection, departments: Collection[UUID]) -> frozenset[UUID] | None:
    """The employees of departments and of all below them; `None` (everybody) for no department."""
    if not departments:
        return None
    given = {"departments": list(departments)}
    return frozenset(row.id for row in connection.execute(BELOW, given))


def owner_of(connection: Connection, kind: str, document: UUID) -> tuple[bool, UUID | None]:
    """Whether documents of a kind are somebody's, and whose this one is."""
    table = table_of(kind)
    if table is None or table is employee:
        return table is employee, document
    return _owner(connection, table, document)


def _owner(connection: Connection, table: Table, document: UUID) -> tuple[bool, UUID | None]:
    own = next((table.columns[name] for name in OWNERS if name in table.columns), None)
    ways = [(table.columns[name], of) for name, of in PARENTS if name in table.columns]
    columns = [column for column, _of in ways] + ([own] if own is not None else [])
    if not columns:
        return False, None
    row = connection.execute(select(*columns).where(table.c.id == document)).one_or_none()
    if row is None:
        return True, None
    if own is not None and row[-1] is not None:
        return True, row[-1]
    for place, (_column, parent) in enumerate(ways):
        if row[place] is not None and (found := _owner(connection, parent, row[place])[1]):
            return True, found
    return True, None
