"""People who may sign in: found by login or by what an identity provider calls them, changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from provodka.connectors.crm_store.tables.people import person

__all__ = ["Person", "add", "by_id", "by_login", "by_subject", "change", "listed"]


@dataclass(frozen=True, slots=True)
class Person:
    """A row of `hub.person`; `password` is a hash of argon2, None for whoever has none."""

    id: UUID
    login: str
    name: str
    password: str | None = field(repr=False)
    roles: tuple[str, ...]
    departments: tuple[UUID, ...]
    employee_id: UUID | None
    active: bool
    issuer: str | None
    subject: str | None
    created_at: datetime
    entered_at: datetime | None


COLUMNS = tuple(person.c[name] for name in Person.__dataclass_fields__)


def add(
    connection: Connection,
    login: str,
    name: str,
    *,
    roles: Collection[str] = (),
    departments: Collection[UUID] = (),
    employee_id: UUID | None = None,
    password: str | None = None,
    identity: tuple[str, str] | None = None,
) -> Person:
    """A new person; `identity` is an issuer with its subject. The login must be free."""
    issuer, subject = identity or (None, None)
    values = {
        "login": login,
        "name": name,
        "password": password,
        "roles": sorted(roles),
        "departments": list(departments),
        "employee_id": employee_id,
        "issuer": issuer,
        "subject": subject,
    }
    row = connection.execute(insert(person).values(values).returning(*COLUMNS)).one()
    return _person(row)


def by_login(connection: Connection, login: str) -> Person | None:
    """The person of a login, active or not."""
    return _one(connection, person.c.login == login)


def by_id(connection: Connection, number: UUID) -> Person | None:
    """The person of a key, active or not."""
    return _one(connection, person.c.id == number)


def by_subject(connection: Connection, issuer: str, subject: str) -> Person | None:
    """The person that an identity provider calls so, active or not."""
    return _one(connection, (person.c.issuer == issuer) & (person.c.subject == subject))


def listed(connection: Connection) -> Sequence[Person]:
    """Everybody, by login."""
    return [_person(row) for row in connection.execute(select(*COLUMNS).order_by(person.c.login))]


def change(connection: Connection, number: UUID, **values: Any) -> None:
    """Give columns of a person other values."""
    connection.execute(update(person).where(person.c.id == number).values(values))


def _one(connection: Connection, condition: ColumnElement[bool]) -> Person | None:
    row = connection.execute(select(*COLUMNS).where(condition)).first()
    return _person(row) if row else None


def _person(row: Row[Any]) -> Person:
    fields = row._asdict()
    lists = {name: tuple(fields[name]) for name in ("roles", "departments")}
    return Person(**fields | lists)
