"""Who is away now and later, and whom a visitor may say so of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.dashboards.web.pages.reports.narrowing import narrowing_of
from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.visitor import Visitor

__all__ = ["Absent", "Reach", "absent", "everybody", "reach_of"]

MOST = 300
MOST_STAFF = 2000
STANDING = text("""
    SELECT a.id, a.employee_id, e.name, d.name AS department, s.name AS substitute, a.first_day,
      a.last_day, a.reason, a.rights,
      (SELECT count(*) FROM hub.stand_in t WHERE t.absence_id = a.id AND t.returned_at IS NULL)
        AS tasks,
      EXISTS (SELECT FROM crm.absence o WHERE o.employee_id = a.substitute_id
        AND o.deleted_at IS NULL AND o.first_day <= a.last_day AND o.last_day >= a.first_day
        AND o.last_day >= :today) AS away_too
    FROM crm.absence a JOIN crm.employee e ON e.id = a.employee_id
    LEFT JOIN crm.department d ON d.id = e.department_id
    LEFT JOIN crm.employee s ON s.id = a.substitute_id
    WHERE a.deleted_at IS NULL AND a.last_day >= :today
      AND (CAST(:staff AS uuid[]) IS NULL OR a.employee_id = ANY (CAST(:staff AS uuid[]))
        OR a.substitute_id = CAST(:own AS uuid))
    ORDER BY a.first_day, e.name, a.id LIMIT :most
""")
STAFF = text("""
    SELECT id, name FROM crm.employee WHERE deleted_at IS NULL ORDER BY name, id LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose absences a visitor enters and ends: their own, and `staff`; no `staff` is everybody."""

    own: UUID | None
    staff: frozenset[UUID] | None

    def has(self, employee: UUID) -> bool:
        """Whether an employee is among them."""
        return self.staff is None or employee in self.staff or employee == self.own

    @property
    def nobody(self) -> bool:
        """Whether there is nobody of whom this visitor may say anything."""
        return self.own is None and self.staff is not None and not self.staff


@dataclass(frozen=True, slots=True)
class Absent:
    """An absence that is or will be, as one visitor may see it; both days included.

    `tasks` are with the substitute now; `away_too` says that the substitute is away on some of
    the days; `theirs` says that the visitor may end it, and only they see the `reason`.
    """

    id: UUID
    name: str
    department: str
    substitute: str
    first_day: date
    last_day: date
    reason: str
    rights: bool
    tasks: int
    away_too: bool
    now: bool
    theirs: bool


def reach_of(connection: Connection, visitor: Visitor) -> Reach:
    """Engineers and heads of the whole company reach everybody, other heads their departments."""
    if visitor.may(Role.ENGINEER):
        return Reach(visitor.employee, None)
    if not visitor.may(Role.HEAD):
        return Reach(visitor.employee, frozenset())
    narrowed = narrowing_of(connection, visitor)
    return Reach(visitor.employee, frozenset(map(UUID, narrowed.staff)) if narrowed else None)


def absent(connection: Connection, reach: Reach, today: date) -> list[Absent]:
    """The absences of those in reach, and those in which the visitor stands in for somebody."""
    own = set() if reach.own is None else {reach.own}
    staff = None if reach.staff is None else sorted({*reach.staff, *own})
    given = {"today": today, "staff": staff, "own": reach.own, "most": MOST}
    return [_absent(row, reach, today) for row in connection.execute(STANDING, given)]


def everybody(connection: Connection) -> list[tuple[UUID, str]]:
    """All employees by name: whoever may be away or stand in."""
    return [(row.id, row.name) for row in connection.execute(STAFF, {"most": MOST_STAFF})]


def _absent(row: Any, reach: Reach, today: date) -> Absent:
    theirs = reach.has(row.employee_id)
    return Absent(
        id=row.id,
        name=row.name,
        department=row.department or "",
        substitute=row.substitute or "",
        first_day=row.first_day,
        last_day=row.last_day,
        reason=(row.reason or "") if theirs else "",
        rights=row.rights,
        tasks=row.tasks,
        away_too=row.away_too,
        now=row.first_day <= today,
        theirs=theirs,
    )
