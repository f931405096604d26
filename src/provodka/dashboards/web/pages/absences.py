"""`/absences`: who is away, who stands in for them, with their rights or without."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from provodka.dashboards.web.pages.absent import absent, everybody, reach_of
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.asked import waited_for
from provodka.dashboards.web.pages.declaring import EVERYONE, Page
from provodka.dashboards.web.pages.desk.fields import date_of, key, required_key, said, wrong
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.i18n import _, marked

__all__ = ["pages"]

LONGEST_REASON = 200


def pages() -> tuple[Page, ...]:
    """The list with its form, and the button that ends an absence."""
    title = marked("Отсутствия")
    listed = Page(
        "/absences", "absences", title, EVERYONE, show, enter,
        menu=title, section="work", icon="away",
    )  # fmt: skip
    ended = Page("/absences/{absence:uuid}/end", "absence_end", title, EVERYONE, act=end)
    return listed, ended


def show(visit: Visit) -> Answer:
    """Who is away now and later, and the form for whoever may enter an absence."""
    reach = reach_of(visit.connection, visit.visitor)
    today = visit.now.astimezone(visit.backdrop.zone).date()
    staff = [] if reach.nobody else everybody(visit.connection)
    context = {
        "absences": absent(visit.connection, reach, today),
        "staff": staff,
        "away": [one for one in staff if reach.has(one[0])],
        "own": reach.own,
        "today": today,
        "fresh": uuid4,
    }
    return Shown("absences.html.jinja", context)


def enter(visit: Visit) -> Answer:
    """Ask for an absence to be written down."""
    form = visit.form
    substitute = key(form, "substitute", _("Кто замещает"))
    wished = {
        "employee": str(required_key(form, "employee", _("Кто отсутствует"))),
        "substitute": None if substitute is None else str(substitute),
        "first_day": _day(visit, "first_day", _("Первый день")).isoformat(),
        "last_day": _day(visit, "last_day", _("Последний день")).isoformat(),
        "rights": said(form, "rights") == "yes",
        "reason": said(form, "reason", LONGEST_REASON),
    }
    return waited_for(visit.wish("absence_save", wished, _number(visit)))


def end(visit: Visit) -> Answer:
    """Ask for an absence to be ended."""
    wished = {"absence": str(visit.path["absence"])}
    return waited_for(visit.wish("absence_end", wished, _number(visit)))


def _number(visit: Visit) -> UUID:
    return required_key(visit.form, "number", _("Ключ формы"))


def _day(visit: Visit, name: str, title: str) -> date:
    found = date_of(said(visit.form, name), title)
    if found is None:
        raise wrong(title, _("пусто"), _("день"))
    return found
