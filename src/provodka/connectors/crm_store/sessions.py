"""Open sessions and one-time links; of what a browser holds only the hash is kept here."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update

from provodka.connectors.crm_store.tables.people import enter_link, person, session

__all__ = [
    "Seat",
    "close",
    "close_all",
    "close_token",
    "give_link",
    "link_owner",
    "open_session",
    "seated",
    "sweep",
    "use_link",
]

NOTED = timedelta(minutes=1)
"""How exactly it is kept when somebody was seen: one write a minute, not one a page."""
LONGEST_TOKEN = 128


@dataclass(frozen=True, slots=True)
class Seat:
    """An open session and whose it is."""

    session: UUID
    person: UUID
    name: str
    roles: tuple[str, ...]
    departments: tuple[UUID, ...]
    employee: UUID | None


def open_session(
    connection: Connection, who: UUID, way: str, *, now: datetime, until: datetime
) -> str:
    """A new session; returns the token for the cookie, 256 random bits, kept nowhere else."""
    token = secrets.token_urlsafe(32)
    times = {"created_at": now, "seen_at": now, "expires_at": until}
    connection.execute(insert(session).values(person_id=who, token=_hash(token), way=way, **times))
    connection.execute(update(person).where(person.c.id == who).values(entered_at=now))
    return token


def seated(connection: Connection, token: str, now: datetime, idle: timedelta) -> Seat | None:
    """Whose session a token is, if it still lasts and the person may still come in."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        return None
    query = (
        select(
            session.c.id,
            person.c.id,
            person.c.name,
            person.c.roles,
            person.c.departments,
            person.c.employee_id,
            session.c.seen_at,
        )
        .join(person, person.c.id == session.c.person_id)
        .where(session.c.token == _hash(token), session.c.expires_at > now)
        .where(session.c.seen_at > now - idle, person.c.active)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    number, who, name, roles, departments, employee, seen = row
    if now - seen >= NOTED:
        connection.execute(update(session).where(session.c.id == number).values(seen_at=now))
    return Seat(number, who, name, tuple(roles), tuple(departments), employee)


def close(connection: Connection, number: UUID) -> None:
    """End a session."""
    connection.execute(delete(session).where(session.c.id == number))


def close_token(connection: Connection, token: str) -> None:
    """End the session of a cookie, if there is one."""
    connection.execute(delete(session).where(session.c.token == _hash(token)))


def close_all(connection: Connection, who: UUID) -> int:
    """End every session of a person, and every link that was given; how many sessions."""
    connection.execute(delete(enter_link).where(enter_link.c.person_id == who))
    return connection.execute(delete(session).where(session.c.person_id == who)).rowcount


def give_link(connection: Connection, who: UUID, until: datetime) -> str:
    """A token that lets a person in once, until a moment; it is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    values = {"token": _hash(token), "person_id": who, "expires_at": until}
    connection.execute(insert(enter_link).values(values))
    return token


def link_owner(connection: Connection, token: str, now: datetime) -> str | None:
    """The name of the person whom a link would let in; None if it is used, old or made up."""
    query = (
        select(person.c.name)
        .join(enter_link, enter_link.c.person_id == person.c.id)
        .where(enter_link.c.token == _hash(token), enter_link.c.expires_at > now, person.c.active)
    )
    name: str | None = connection.execute(query).scalar()
    return name


def use_link(connection: Connection, token: str, now: datetime) -> UUID | None:
    """The person whom a link lets in; it is spent by that, for whoever comes at the same time."""
    spent = (
        delete(enter_link)
        .where(enter_link.c.token == _hash(token), enter_link.c.expires_at > now)
        .where(enter_link.c.person_id == person.c.id, person.c.active)
        .returning(enter_link.c.person_id)
    )
    who: UUID | None = connection.execute(spent).scalar()
    return who


def sweep(connection: Connection, now: datetime, idle: timedelta) -> int:
    """Forget sessions and links that have run out; how many sessions."""
    connection.execute(delete(enter_link).where(enter_link.c.expires_at <= now))
    last = func.least(session.c.expires_at, session.c.seen_at + idle)
    return connection.execute(delete(session).where(last <= now)).rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
