"""Whose call it was: clients and contacts by number, employees by extension or name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.dashboards.insight.owners import owners_of
from provodka.flows.calls.pairing import Placed

__all__ = ["Linked", "interactions", "link"]

EMPLOYEES = text("""
    SELECT id, extension, lower(email) AS email, lower(name) AS name FROM crm.employee
    WHERE deleted_at IS NULL ORDER BY id
""")
SHOW = text("""
    INSERT INTO crm.interaction AS kept
        (id, client_id, deal_id, employee_id, kind, direction, status, at, subject)
    SELECT c.id, c.client_id, d.id, c.employee_id, 'call', c.direction, 'done',
           c.started_at, c.outcome
    FROM crm.call c
    LEFT JOIN LATERAL (
        SELECT id FROM crm.deal
        WHERE client_id = c.client_id AND status = 'open' AND deleted_at IS NULL
        ORDER BY created_at DESC LIMIT 1) d ON true
    WHERE c.id = ANY(:ids) AND c.client_id IS NOT NULL AND c.deleted_at IS NULL
    ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, at = excluded.at,
        employee_id = excluded.employee_id, direction = excluded.direction,
        subject = excluded.subject
    WHERE (kept.client_id, kept.at, kept.employee_id, kept.direction, kept.subject)
        IS DISTINCT FROM (excluded.client_id, excluded.at, excluded.employee_id,
                          excluded.direction, excluded.subject)
""")


@dataclass(frozen=True, slots=True)
class Linked:
    """A call with its client and contact (none if unknown or ambiguous) and who talked."""

    placed: Placed
    client: UUID | None
    contact: UUID | None
    employee: UUID | None
    ambiguous: bool


def link(connection: Connection, calls: Sequence[Placed]) -> list[Linked]:
    """Find the client of each call by its number; two clients on one number are not guessed."""
    owners = owners_of(connection, {one.call.client_number for one in calls} - {""})
    employees = _Employees(connection)
    linked = []
    for one in calls:
        found = owners.get(one.call.client_number, [])
        sole = found[0] if len(found) == 1 else None
        linked.append(
            Linked(
                one,
                client=sole.client if sole else None,
                contact=sole.contact if sole else None,
                employee=employees.of(one),
                ambiguous=len(found) > 1,
            )
        )
    return linked


class _Employees:
    """The company's people by extension, and by what else a PBX may call them."""

    def __init__(self, connection: Connection) -> None:
        self.by_extension: dict[str, UUID] = {}
        self.by_name: dict[str, list[UUID]] = {}
        for key, extension, email, name in connection.execute(EMPLOYEES):
            if extension:
                self.by_extension[extension] = key
            for called in {email, name} - {None, ""}:
                self.by_name.setdefault(called, []).append(key)

    def of(self, one: Placed) -> UUID | None:
        """Who talked or placed the call; nobody where two people have the same name."""
        call = one.call
        found = self.by_extension.get(call.answered_by or call.placed_by)
        if found is None and call.operator:
            named = self.by_name.get(call.operator.strip().lower(), [])
            found = self.by_extension.get(call.operator) or (named[0] if len(named) == 1 else None)
        return found


def interactions(connection: Connection, calls: Collection[UUID]) -> None:
    """Show each linked call as an interaction (under the call's own key) on its open deal."""
    connection.execute(SHOW, {"ids": [*calls]})
