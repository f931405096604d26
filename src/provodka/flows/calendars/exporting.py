"""What an employee has to do, as one ICS file for any calendar program."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select

from provodka.connectors.calendars.events import to_ics
from provodka.connectors.crm_store.tables.clients import employee
from provodka.flows.calendars.showing import event_of, owner_of, shown
from provodka.flows.settings.calendars import Calendars
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["exported"]


def exported(engine: Engine, email: str, calendars: Calendars, now: datetime) -> tuple[bytes, int]:
    """The file's bytes and how many events it has.

    Raises `DocumentError` if there is no such employee.
    """
    with engine.connect() as connection:
        owner = owner_of(connection, email)
        if owner is None:
            listed = select(employee.c.email).where(employee.c.email.is_not(None)).limit(5)
            known = ", ".join(str(one) for one in connection.execute(listed).scalars())
            raise DocumentError(
                _("Сотрудник"),
                found=_("с таким адресом почты его нет"),
                expected=known or _("сотрудник с адресом почты"),
                next_step=_("проверьте адрес в карточке сотрудника"),
                code="no_employee",
            )
        found = shown(connection, owner, calendars.kinds)
    todos = calendars.tasks_as == "todo"
    events = [event_of(one, calendars.minutes, todos=todos) for one in found]
    return to_ics(events, written_at=now), len(events)
