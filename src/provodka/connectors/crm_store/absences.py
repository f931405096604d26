"""Absences of employees as people enter and end them, and the rights that go along."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Row, select, text

from provodka.connectors.crm_store.tables.reacting import absence

__all__ = ["Standing", "among", "end", "enter", "held", "lends_beyond", "overlapping"]

COLUMNS = ("id", "employee_id", "substitute_id", "first_day", "last_day", "rights")
ALONE = text("SELECT id FROM crm.employee WHERE id = :employee FOR UPDATE")
UNDER = text("""
    WITH RECURSIVE under (id) AS (
      SELECT id FROM crm.department WHERE id = ANY (CAST(:tops AS uuid[]))
      UNION SELECT d.id FROM crm.department d JOIN under u ON d.parent_id = u.id)
    SELECT EXISTS (SELECT FROM crm.employee e JOIN under u ON e.department_id = u.id
      WHERE e.id = :employee)
""")
BEYOND = text("""
    WITH RECURSIVE under (id) AS (
      SELECT id FROM crm.department WHERE id = ANY (CAST(:tops AS uuid[]))
      UNION SELECT d.id FROM crm.department d JOIN under u ON d.parent_id = u.id
    ), behind (employee_id) AS (
      SELECT CAST(:employee AS uuid)
      UNION SELECT a.employee_id FROM crm.absence a JOIN behind b ON a.substitute_id = b.employee_id
      WHERE a.rights AND a.deleted_at IS NULL AND a.first_day <= :last AND a.last_day >= :first)
    SELECT EXISTS (SELECT FROM hub.person p JOIN behind USING (employee_id) WHERE p.active
      AND (EXISTS (SELECT FROM unnest(p.roles) r WHERE r <> ALL (CAST(:roles AS text[])))
        OR cardinality(CAST(:tops AS uuid[])) > 0 AND (cardinality(p.departments) = 0
          OR EXISTS (SELECT FROM unnest(p.departments) d WHERE d NOT IN (SELECT id FROM under)))))
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """An absence that is or will be: whose, from which day to which (both included), who stands in.

    `rights` says that the substitute has the roles and departments of whoever is away.
    """

    id: UUID
    employee_id: UUID
    substitute_id: UUID | None
    first_day: date
    last_day: date
    rights: bool


def held(connection: Connection, number: UUID) -> Standing | None:
    """An absence, held until the end of the transaction; `None` if there is none."""
    query = select(*(absence.c[name] for name in COLUMNS)).with_for_update()
    mine = query.where(absence.c.id == number, absence.c.deleted_at.is_(None))
    return _standing(connection.execute(mine).first())


def overlapping(connection: Connection, employee: UUID, first: date, last: date) -> Standing | None:
    """An absence of theirs that shares a day with these; nobody enters another one meanwhile."""
    connection.execute(ALONE, {"employee": employee})
    query = select(*(absence.c[name] for name in COLUMNS)).where(
        absence.c.employee_id == employee,
        absence.c.deleted_at.is_(None),
        absence.c.first_day <= last,
        absence.c.last_day >= first,
    )
    return _standing(connection.execute(query.order_by(absence.c.first_day).limit(1)).first())


def enter(connection: Connection, made: Standing, reason: str) -> None:
    """Write an absence down."""
    values = {name: getattr(made, name) for name in COLUMNS}
    connection.execute(absence.insert().values(**values, reason=reason or None))


def end(connection: Connection, one: Standing, today: date, now: datetime) -> bool:
    """End an absence so that today is a day of work again; whether any day of it remains."""
    begun = one.first_day < today
    changed = {"last_day": today - timedelta(days=1)} if begun else {"deleted_at": now}
    connection.execute(absence.update().where(absence.c.id == one.id).values(**changed))
    return begun


def among(connection: Connection, employee: UUID, departments: Collection[UUID]) -> bool:
    """Whether an employee belongs to one of these departments or to one below."""
    given = {"employee": employee, "tops": [str(one) for one in departments]}
    return bool(connection.execute(UNDER, given).scalar_one())


def lends_beyond(
    connection: Connection, one: Standing, roles: Collection[str], departments: Collection[UUID]
) -> bool:
    """Whether this absence would lend more than these roles and departments; none are all.

    What the employee is lent on those days themselves goes along.
    """
    given = {
        "employee": one.employee_id,
        "first": one.first_day,
        "last": one.last_day,
        "roles": sorted(roles),
        "tops": [str(top) for top in departments],
    }
    return bool(connection.execute(BEYOND, given).scalar_one())


def _standing(row: Row[tuple[object, ...]] | None) -> Standing | None:
    return None if row is None else Standing(**row._mapping)
