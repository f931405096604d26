"""What a request was made with, as typed values; and who has made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from provodka.connectors.crm_store import people
from provodka.connectors.crm_store.people import Person
from provodka.connectors.crm_store.people_absent import lent_to
from provodka.connectors.crm_store.requests import Asked
from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.substituting import together
from provodka.flows.hub import Hub
from provodka.foundation.errors import DocumentError, Refused
from provodka.foundation.i18n import _

__all__ = ["Asker", "asker", "given"]

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks, with what they may at this moment; `employee` is the key in `crm.employee`.

    Rights lent for an absence of somebody else are among the `roles` and `departments`; no
    departments are all of them.
    """

    employee: UUID | None
    roles: frozenset[str]
    departments: frozenset[UUID]


def given(asked: Asked, kind: type[Given]) -> Given:
    """The parameters of a request as a structure; a `DocumentError` if they do not fit it."""
    try:
        return msgspec.convert(dict(asked.parameters), kind)
    except msgspec.ValidationError as error:
        raise DocumentError(
            _("Просьба «{kind}»").format(kind=asked.kind),
            found=_("поле заполнено не так: {said}").format(said=_place(error)),
            next_step=_("обновите страницу и повторите"),
            code="wrong_request",
        ) from error


def asker(hub: Hub, connection: Connection, asked: Asked) -> Asker:
    """Who asks. A `Refused` if the person may not come in any more."""
    found = people.by_id(connection, asked.person)
    if found is None or not found.active:
        raise Refused(
            _("Просьба «{kind}»").format(kind=asked.kind),
            found=_("вход этому человеку закрыт"),
            next_step=_("обратитесь к инженеру"),
            code="no_person",
        )
    return _with_lent(hub, connection, found)


def _with_lent(hub: Hub, connection: Connection, person: Person) -> Asker:
    roles, departments = frozenset(map(Role, person.roles)), frozenset(person.departments)
    if person.employee_id is not None:
        today = hub.clock().astimezone(hub.settings.zone).date()
        lent = lent_to(connection, person.employee_id, today)
        roles, departments = together(roles, departments, lent)
    return Asker(person.employee_id, frozenset(map(str, roles)), departments)


def _place(error: msgspec.ValidationError) -> str:
    """Where it does not fit, without what stands there."""
    return str(error).rpartition(" - at ")[2].strip("`")
