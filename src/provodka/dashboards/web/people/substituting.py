"""Rights of those who are away, in the hands of their substitutes as long as the absence lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store import audit
from provodka.connectors.crm_store.people_absent import Lent
from provodka.connectors.crm_store.tables.people import audit as kept
from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.visitor import Visitor

__all__ = ["KEPT_BACK", "note_lent", "together", "with_lent"]

KEPT_BACK = frozenset({Role.ENGINEER})
"""Whoever looks after the hub itself is not stood in for by an absence in the CRM."""


def together(
    roles: frozenset[Role], departments: frozenset[UUID], lent: Sequence[Lent]
) -> tuple[frozenset[Role], frozenset[UUID]]:
    """Roles and departments with those that are lent; no departments are all of them."""
    if not lent:
        return roles, departments
    added = {Role(name) for one in lent for name in one.roles} - KEPT_BACK
    seen = (departments, *(frozenset(one.departments) for one in lent))
    whole = frozenset[UUID]() if not all(seen) else frozenset[UUID]().union(*seen)
    return roles | added, whole


def with_lent(visitor: Visitor, lent: Sequence[Lent]) -> Visitor:
    """The visitor with the roles and departments of those they stand in for, added to their own."""
    roles, departments = together(visitor.roles, visitor.departments, lent)
    names = tuple(dict.fromkeys(one.name for one in lent))
    return replace(visitor, roles=roles, departments=departments, instead_of=names)


def note_lent(connection: Connection, visitor: Visitor, lent: Sequence[Lent]) -> None:
    """Write down, once for each absence, whose rights somebody has begun to use."""
    for one in lent:
        known = select(kept.c.id).where(
            kept.c.person_id == visitor.person,
            kept.c.what == audit.STOOD_IN,
            kept.c.document == one.absence,
        )
        if connection.execute(known.limit(1)).first() is None:
            whose = {"person": str(one.person)}
            audit.note(connection, visitor.person, audit.STOOD_IN, "absence", one.absence, whose)
