"""Enter an absence or end it early: one's own, one of the own department, or anybody's."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from provodka.connectors.crm_store import absences
from provodka.connectors.crm_store.absences import Standing
from provodka.connectors.crm_store.requests import Asked
from provodka.dashboards.web.people.substituting import KEPT_BACK
from provodka.flows.hub import Hub
from provodka.flows.requests.catalog import Done
from provodka.flows.requests.given import Asker, asker, given
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["BACKWARDS", "LONGEST", "finish", "save"]

BACKWARDS = timedelta(days=31)
"""How far back an absence may begin that is entered today: an illness is told of later."""
LONGEST = timedelta(days=3 * 366)
NAME = text("SELECT name FROM crm.employee WHERE id = :key AND deleted_at IS NULL")


class SaidAbsence(msgspec.Struct):
    """Who is away, from which day to which, who stands in; `rights` go along if it says so."""

    employee: UUID
    first_day: date
    last_day: date
    substitute: UUID | None = None
    rights: bool = False
    reason: str = ""


class SaidEnd(msgspec.Struct):
    """The absence that is over."""

    absence: UUID


def save(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Write an absence down. Tasks go to the substitute with the next run of the rules."""
    said = given(asked, SaidAbsence)
    person = asker(hub, connection, asked)
    _require_theirs(connection, person, said.employee)
    name = _named(connection, said.employee)
    _require_days(said, _today(hub))
    substitute = _substitute(connection, said)
    made = Standing(
        uuid7(), said.employee, said.substitute, said.first_day, said.last_day, said.rights
    )
    if said.rights:
        _require_lendable(connection, person, made, name)
    other = absences.overlapping(connection, said.employee, said.first_day, said.last_day)
    if other is not None:
        raise _refused(
            _("{name} в эти дни уже отсутствует: {span}").format(name=name, span=_span(other)),
            _("дни, на которые отсутствия нет"),
            _("закончите то отсутствие раньше или выберите другие дни"),
        )
    absences.enter(connection, made, said.reason.strip())
    told = _("{name} отсутствует {span}").format(name=name, span=_span(made))
    if substitute:
        told += _(", замещает {name}").format(name=substitute)
    if said.rights:
        told += _("; права переданы на эти дни")
    return told, {"absence": str(made.id)}


def finish(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """End an absence: today is a day of work again. One that has not begun is taken back."""
    said = given(asked, SaidEnd)
    person = asker(hub, connection, asked)
    one = absences.held(connection, said.absence)
    today = _today(hub)
    if one is None or one.last_day < today:
        raise _refused(_("это отсутствие уже закончено"), "", _("обновите страницу"))
    _require_theirs(connection, person, one.employee_id)
    name = _named(connection, one.employee_id)
    begun = absences.end(connection, one, today, hub.clock())
    told = _("{name} снова на работе; задачи вернутся") if begun else _("отсутствие {name} снято")
    return told.format(name=name), {"absence": str(one.id)}


def _require_theirs(connection: Connection, person: Asker, employee: UUID) -> None:
    if employee == person.employee or "engineer" in person.roles:
        return
    if "head" in person.roles and (
        not person.departments or absences.among(connection, employee, person.departments)
    ):
        return
    raise _refused(
        _("это сотрудник не вашего отдела"),
        _("вы сами или сотрудник отдела, которым вы руководите"),
        _("попросите руководителя этого сотрудника или инженера"),
    )


def _require_days(said: SaidAbsence, today: date) -> None:
    if said.last_day < said.first_day:
        found, expected = _("последний день раньше первого"), _("дни по порядку")
    elif said.last_day < today:
        found, expected = _("отсутствие уже кончилось"), _("последний день не раньше сегодняшнего")
    elif today - said.first_day > BACKWARDS:
        found, expected = _("первый день слишком давно"), _("не раньше чем месяц назад")
    elif said.last_day - said.first_day > LONGEST:
        found, expected = _("отсутствие слишком долгое"), _("не дольше трех лет")
    else:
        return
    raise _refused(found, expected, _("исправьте дни и отправьте снова"))


def _substitute(connection: Connection, said: SaidAbsence) -> str:
    """The name of who stands in, empty for nobody."""
    if said.substitute is None:
        if said.rights:
            raise _refused(
                _("права передать некому"), _("заместитель"), _("выберите, кто замещает")
            )
        return ""
    if said.substitute == said.employee:
        raise _refused(
            _("сотрудник замещает сам себя"), _("кто-то другой"), _("выберите, кто замещает")
        )
    return _named(connection, said.substitute)


def _require_lendable(connection: Connection, person: Asker, made: Standing, name: str) -> None:
    """Nobody lends more than is theirs; an engineer may, only not to themselves."""
    if made.employee_id == person.employee:
        return
    if "engineer" in person.roles and made.substitute_id != person.employee:
        return
    roles = person.roles | {str(role) for role in KEPT_BACK}
    if absences.lends_beyond(connection, made, roles, person.departments):
        raise _refused(
            _("права сотрудника {name} шире ваших").format(name=name),
            _("права, которые есть и у вас"),
            _("передать их может сам сотрудник или инженер; задачи передаются и без прав"),
        )


def _named(connection: Connection, key: UUID) -> str:
    name = connection.execute(NAME, {"key": key}).scalar()
    if name is None:
        raise _refused(_("такого сотрудника нет"), _("сотрудник компании"), _("обновите страницу"))
    return str(name)


def _today(hub: Hub) -> date:
    return hub.clock().astimezone(hub.settings.zone).date()


def _span(one: Standing) -> str:
    return f"{one.first_day:%d.%m.%Y}–{one.last_day:%d.%m.%Y}"


def _refused(found: str, expected: str, next_step: str) -> Refused:
    return Refused(
        _("Отсутствие"),
        found=found,
        expected=expected,
        next_step=next_step,
        code="absence_refused",
    )
