"""People who are away, and whose rights their substitutes have meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = ["Lent", "lent_to"]

LENT = text("""
    WITH RECURSIVE away AS (
        SELECT id, employee_id, substitute_id FROM crm.absence
        WHERE rights AND deleted_at IS NULL AND :today BETWEEN first_day AND last_day
    ), mine AS (
        SELECT id, employee_id FROM away WHERE substitute_id = :employee
        UNION SELECT a.id, a.employee_id FROM away a JOIN mine m ON a.substitute_id = m.employee_id
    )
    SELECT m.id AS absence, p.id AS person, p.name, p.roles, p.departments
    FROM mine m JOIN hub.person p ON p.employee_id = m.employee_id
    WHERE p.active AND m.employee_id <> :employee ORDER BY p.name, p.id, m.id
""")


@dataclass(frozen=True, slots=True)
class Lent:
    """What a person who is away may, as their substitute may meanwhile; `departments` as theirs."""

    absence: UUID
    person: UUID
    name: str
    roles: tuple[str, ...]
    departments: tuple[UUID, ...]


def lent_to(connection: Connection, employee: UUID, today: date) -> list[Lent]:
    """Whose rights an employee has today: of those who named them, and of those behind these.

    A substitute who is away too passes on what they were lent, if their own absence says so.
    """
    rows = connection.execute(LENT, {"employee": employee, "today": today})
    return [
        Lent(row.absence, row.person, row.name, tuple(row.roles), tuple(row.departments))
        for row in rows
    ]
