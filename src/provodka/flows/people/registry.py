"""People as an engineer keeps them: entered, given roles and passwords, disabled."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, cast, func, or_, select
from sqlalchemy.types import Text

from provodka.connectors.crm_store import audit, people, sessions
from provodka.connectors.crm_store.people import Person
from provodka.connectors.crm_store.tables.clients import department, employee
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = [
    "department_of",
    "employee_of",
    "enter",
    "give_link",
    "give_password",
    "give_roles",
    "person_of",
    "roles_of",
    "switch",
]

LOGIN = re.compile(r"[\w.@+-]{1,100}")
KIND = "person"


def person_of(connection: Connection, login: str) -> Person:
    """The person of a login. Raises `ConfigurationError` with the nearest one."""
    found = people.by_login(connection, login.strip().lower())
    if found is None:
        known = [one.login for one in people.listed(connection)]
        raise _wrong(
            _("Человек «{login}»").format(login=login),
            _("такого нет"),
            nearest(login, known),
            _("посмотрите provodka users list"),
            "no_person",
        )
    return found


def roles_of(names: Collection[str]) -> list[str]:
    """Roles by their names, English or Russian. Raises `ConfigurationError`, also for none."""
    from provodka.dashboards.web.people.roles import ROLE_WORDS

    known = {role.value: role.value for role in Role}
    known |= {word: role.value for role, word in ROLE_WORDS.items()}
    unknown = [name for name in names if name.lower() not in known]
    if unknown or not names:
        raise _wrong(
            _("Роль"),
            _("нет роли «{name}»").format(name=unknown[0]) if unknown else _("не названа"),
            ", ".join(role.value for role in Role),
            _("назовите роль; их может быть несколько"),
            "no_role",
        )
    return sorted({known[name.lower()] for name in names})


def department_of(connection: Connection, named: str) -> UUID:
    """The department of a name, a key or its beginning. Raises `ConfigurationError`."""
    return _one(connection, department, named, department.c.name == named)


def employee_of(connection: Connection, named: str) -> UUID:
    """The employee of an address of mail, a name, a key or its beginning."""
    by_words = or_(func.lower(employee.c.email) == named.lower(), employee.c.name == named)
    return _one(connection, employee, named, by_words)


def enter(
    connection: Connection,
    login: str,
    name: str,
    *,
    by: str,
    roles: Collection[str],
    departments: Collection[UUID] = (),
    employee_id: UUID | None = None,
    password: str | None = None,
) -> Person:
    """A new person; without a password they come in by a link or a provider.

    `by` is who enters them. Raises `ConfigurationError` for a login that is taken or odd, and for
    a weak password.
    """
    from provodka.dashboards.web.people.passwords import hashed, require_good

    login = login.strip().lower()
    where = _("Человек «{login}»").format(login=login)
    if not LOGIN.fullmatch(login):
        raise _wrong(
            where, _("странное имя для входа"), "anna.petrova", _("исправьте имя"), "login"
        )
    if people.by_login(connection, login) is not None:
        step = _("назовите другое имя или измените человека: provodka users roles")
        raise _wrong(where, _("такой уже есть"), _("новое имя"), step, "login_taken")
    if password is not None:
        require_good(password, login)
    made = people.add(
        connection,
        login,
        " ".join(name.split()) or login,
        roles=roles,
        departments=departments,
        employee_id=employee_id,
        password=hashed(password) if password is not None else None,
    )
    _note(connection, made, "entered", by, roles=",".join(made.roles))
    return made


def give_roles(
    connection: Connection,
    who: Person,
    *,
    by: str,
    roles: Sequence[str] = (),
    departments: Sequence[UUID] | None = None,
    employee_id: UUID | None = None,
) -> None:
    """Other roles, departments (an empty list: all) or employee; what is not named stays.

    The next request of an open session is already judged by them.
    """
    values: dict[str, Any] = {}
    if roles:
        values["roles"] = list(roles)
    if departments is not None:
        values["departments"] = list(departments)
    if employee_id is not None:
        values["employee_id"] = employee_id
    if values:
        people.change(connection, who.id, **values)
        _note(connection, who, "roles", by, roles=",".join(roles))


def give_password(connection: Connection, who: Person, password: str, *, by: str) -> None:
    """Another password; whoever is in with the old one is put out. `ConfigurationError` if weak."""
    from provodka.dashboards.web.people.passwords import hashed, require_good

    require_good(password, who.login)
    people.change(connection, who.id, password=hashed(password))
    sessions.close_all(connection, who.id)
    _note(connection, who, "password", by)


def switch(connection: Connection, who: Person, *, active: bool, by: str) -> int:
    """Let somebody in no more, or again; how many sessions that ended."""
    people.change(connection, who.id, active=active)
    _note(connection, who, "enabled" if active else "disabled", by)
    return 0 if active else sessions.close_all(connection, who.id)


def give_link(connection: Connection, who: Person, until: datetime, *, by: str) -> str:
    """The path that lets somebody in once. `ConfigurationError` for one who is disabled."""
    if not who.active:
        raise _wrong(
            _("Человек «{login}»").format(login=who.login),
            _("выключен, ссылка его не впустит"),
            _("включенный"),
            _("сначала provodka users enable {login}").format(login=who.login),
            "disabled_person",
        )
    _note(connection, who, "link", by)
    return f"/enter/{sessions.give_link(connection, who.id, until)}"


def _note(connection: Connection, who: Person, what: str, by: str, **more: str) -> None:
    detail = {"by": by, **{name: value for name, value in more.items() if value}}
    audit.note(connection, None, f"did:users.{what}", KIND, who.id, detail)


def _one(connection: Connection, table: Table, named: str, condition: ColumnElement[bool]) -> UUID:
    by_key = cast(table.c.id, Text).startswith(named.lower(), autoescape=True)
    fits = or_(condition, by_key) if len(named) >= 6 else condition
    query = select(table.c.id).where(fits, table.c.deleted_at.is_(None)).limit(2)
    found = list(connection.scalars(query))
    if len(found) != 1:
        names = connection.scalars(select(table.c.name).where(table.c.deleted_at.is_(None)))
        raise _wrong(
            table.comment or table.name,
            _("«{named}»: нет такого").format(named=named)
            if not found
            else _("«{named}»: таких несколько").format(named=named),
            nearest(named, list(names)),
            _("назовите ключом или точным названием"),
            "not_found",
        )
    key: UUID = found[0]
    return key


def _wrong(where: str, found: str, expected: str, step: str, code: str) -> ConfigurationError:
    return ConfigurationError(where, found=found, expected=expected, next_step=step, code=code)
