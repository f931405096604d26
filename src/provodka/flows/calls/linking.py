"""Whose call it was: clients and contacts by number, employees by extension."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select, text, union_all

from provodka.connectors.crm_store.tables import clients
from provodka.connectors.telephony.reducer import Call

__all__ = ["Linked", "interactions", "link"]


@dataclass(frozen=True, slots=True)
class Linked:
    """A call with its client (none if unknown or ambiguous) and the employee who talked."""

    call: Call
    client: UUID | None
    employee: UUID | None
    ambiguous: bool


def link(connection: Connection, calls: Sequence[Call]) -> list[Linked]:
    """Find the client of each call by its number; two clients on one number are not guessed."""
    owners = _owners(connection, {call.client_number for call in calls if call.client_number})
    employees = _employees(connection)
    return [
        Linked(
            call,
            client=next(iter(owners[call.client_number]))
            if len(owners[call.client_number]) == 1
            else None,
            employee=employees.get(call.answered_by or call.placed_by),
            ambiguous=len(owners[call.client_number]) > 1,
        )
        for call in calls
    ]


def _owners(connection: Connection, numbers: set[str]) -> dict[str, set[UUID]]:
    client, contact = clients.client, clients.contact
    found = connection.execute(
        union_all(
            select(client.c.phone, client.c.id).where(
                client.c.phone.in_(numbers), client.c.deleted_at.is_(None)
            ),
            select(contact.c.phone, contact.c.client_id).where(
                contact.c.phone.in_(numbers), contact.c.deleted_at.is_(None)
            ),
        )
    )
    owners: dict[str, set[UUID]] = defaultdict(set)
    for phone, owner in found:
        owners[phone].add(owner)
    return owners


def _employees(connection: Connection) -> dict[str, UUID]:
    employee = clients.employee
    rows = connection.execute(
        select(employee.c.extension, employee.c.id).where(
            employee.c.extension.is_not(None), employee.c.deleted_at.is_(None)
        )
    )
    return {row.extension: row.id for row in rows}


def interactions(connection: Connection, source: str, call_keys: Sequence[str]) -> None:
    """Show each linked call as an interaction (under the call's own key) on its open deal."""
    connection.execute(
        text(
            """
            INSERT INTO crm.interaction AS kept
                (id, client_id, deal_id, employee_id, kind, direction, status, at, subject)
            SELECT c.id, c.client_id, d.id, c.employee_id, 'call', c.direction, 'done',
                   c.started_at, c.outcome
            FROM crm.call c
            LEFT JOIN LATERAL (
                SELECT id FROM crm.deal
                WHERE client_id = c.client_id AND status = 'open' AND deleted_at IS NULL
                ORDER BY created_at DESC LIMIT 1) d ON true
            WHERE c.source = :source AND c.call_key = ANY(:keys) AND c.client_id IS NOT NULL
            ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, at = excluded.at,
                employee_id = excluded.employee_id, direction = excluded.direction,
                subject = excluded.subject
            WHERE (kept.client_id, kept.at, kept.employee_id, kept.direction, kept.subject)
                IS DISTINCT FROM (excluded.client_id, excluded.at, excluded.employee_id,
                                  excluded.direction, excluded.subject)
            """
        ),
        {"source": source, "keys": list(call_keys)},
    )
