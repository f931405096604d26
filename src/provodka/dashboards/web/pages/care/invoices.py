"""`/invoices`: each invoice here, in 1C, paid, shipped, what differs, the next step in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from provodka.connectors.crm_store import audit
from provodka.dashboards.insight.fields import value_word
from provodka.dashboards.insight.invoices import (
    STATES,
    Asked,
    Line,
    Place,
    invoices_page,
    names_like,
)
from provodka.dashboards.insight.reach import people_of
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.care.invoice_file import MEDIA, invoice_file
from provodka.dashboards.web.pages.care.matters import wrong
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _, marked

__all__ = ["Filters", "asked_of", "next_step", "pages"]

READERS = frozenset({Role.ACCOUNTANT, Role.HEAD, Role.ENGINEER})
PAGE = 50
MOST_IN_A_FILE = 10_000
WORDS: Mapping[str, str] = {
    "": marked("все"),
    "absent": marked("еще не в 1С"),
    "refused": marked("отказ или расхождение в 1С"),
    "unpaid": marked("не оплачены"),
    "overdue": marked("просрочены"),
    "unshipped": marked("не отгружены"),
    "unposted": marked("не проведены"),
}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filters:
    """What stands in the address, as it is shown in the form."""

    state: str
    number: str
    client: str
    since: str
    until: str
    differing: bool
    client_name: str = ""

    def address(self, path: str, **more: str) -> str:
        """The same question at another path or place."""
        said = {
            "state": self.state,
            "number": self.number,
            "client": self.client,
            "from": self.since,
            "to": self.until,
            "differing": "1" if self.differing else "",
            **more,
        }
        query = urlencode({name: one for name, one in said.items() if one})
        return f"{path}?{query}" if query else path


def pages() -> tuple[Page, ...]:
    """The list, and the same as a file."""
    return (
        Page(
            "/invoices", "invoices", marked("Счета"), READERS, show,
            menu=marked("Счета"), section="work", icon="invoice",
        ),
        Page(
            "/invoices/export", "invoices_export", marked("Счета"), READERS, send,
            seen=audit.EXPORTED,
        ),
    )  # fmt: skip


def show(visit: Visit) -> Answer:
    """Fifty invoices, the newest first, and where the next fifty are."""
    asked, filters = asked_of(visit)
    rows = invoices_page(visit.connection, asked, PAGE + 1, _after(visit))
    more = ""
    if rows[PAGE:]:
        last = rows[PAGE - 1]
        more = filters.address("/invoices", after=f"{last.date.isoformat()}~{last.id}")
    today = visit.now.astimezone(visit.backdrop.zone).date()
    discreet = Discreet.of(visit.visitor)
    context = {
        "rows": [
            (one, discreet.name(one.client, person=one.person), next_step(one, today))
            for one in rows[:PAGE]
        ],
        "accounting": lambda one: value_word("invoice", "", "accounting", one.accounting),
        "overdue": lambda one: _is_overdue(one, today),
        "filters": filters,
        "states": [(key, _(word)) for key, word in WORDS.items()],
        "more": more,
        "files": {form: filters.address("/invoices/export", format=form) for form in MEDIA},
        "first": not visit.query.get("after"),
    }
    return Shown("care_invoices.html.jinja", context)


def send(visit: Visit) -> Answer:
    """Up to ten thousand of them as a file for Excel."""
    form = visit.query.get("format", "csv")
    if form not in MEDIA:
        raise wrong("format", form, ", ".join(MEDIA))
    asked, _filters = asked_of(visit)
    rows = invoices_page(visit.connection, asked, MOST_IN_A_FILE + 1)
    discreet = Discreet.of(visit.visitor)
    today = visit.now.astimezone(visit.backdrop.zone).date()
    told = [
        (one, discreet.name(one.client, person=one.person), next_step(one, today))
        for one in rows[:MOST_IN_A_FILE]
    ]
    return invoice_file(visit, told, form, cut=len(rows) > MOST_IN_A_FILE)


def asked_of(visit: Visit) -> tuple[Asked, Filters]:
    """The question that an address asks. Raises `DocumentError` for one that makes no sense."""
    query, zone = visit.query, visit.backdrop.zone
    state = query.get("state", "")
    if state not in STATES:
        raise wrong("state", state, ", ".join(name for name in STATES if name))
    since, until = _day("from", query.get("from", "")), _day("to", query.get("to", ""))
    if since and until and until < since:
        raise wrong("to", str(until), _("день не раньше {first}").format(first=since))
    client, name = _client(visit, query.get("client", "").strip())
    asked = Asked(
        state=state,
        number=query.get("number", "").strip().upper()[:40],
        client=client,
        since=datetime.combine(since, time(), zone) if since else None,
        until=datetime.combine(until + ONE_DAY, time(), zone) if until else None,
        differing=bool(query.get("differing")),
        today=visit.now.astimezone(zone).date(),
        staff=people_of(visit.connection, visit.visitor.departments),
    )
    shown = Filters(
        state,
        asked.number,
        str(client or ""),
        str(since or ""),
        str(until or ""),
        asked.differing,
        name,
    )
    return asked, shown


def next_step(one: Line, today: date) -> str:
    """What is to be done about an invoice, in words; the most pressing first."""
    if one.conflicts:
        return _("решите спор с 1С в разделе «Ждет человека»")
    if one.accounting == "refused":
        return _("исправьте причину отказа и повторите в разделе «Ждет человека»")
    if one.accounting == "flagged":
        return _("сверьте с 1С: записано не то, что отправлено")
    if not one.posted:
        return _("проведите, чтобы счет ушел в 1С")
    if one.accounting != "entered":
        return _("уйдет в 1С сам при ближайшем обмене")
    if one.paid_amount > one.amount:
        return _("переплата: верните или зачтите")
    if _is_overdue(one, today):
        return _("просрочен: напомните клиенту об оплате")
    if one.paid_amount < one.amount:
        return _("ждет оплаты")
    if one.shipped_amount < one.amount:
        return _("оплачен: отгрузите")
    return _("ничего, все сделано")


def _is_overdue(one: Line, today: date) -> bool:
    unpaid = one.posted and one.paid_amount < one.amount
    return bool(unpaid and one.due_date and one.due_date < today)


def _day(name: str, said: str) -> date | None:
    if not said:
        return None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        day = None
    if day is None or not 1990 <= day.year <= 2100:
        raise wrong(name, said, _("день вида 2026-11-22"))
    return day


def _client(visit: Visit, said: str) -> tuple[UUID | None, str]:
    """A client by ИНН or key; nobody for nothing said."""
    if not said:
        return None, ""
    found = names_like(visit.connection, said)
    if not found:
        raise wrong("client", said, _("ИНН клиента или его ключ"))
    one = found[0]
    return one.id, Discreet.of(visit.visitor).name(one.name, person=one.person)


def _after(visit: Visit) -> Place | None:
    said = visit.query.get("after", "")
    if not said:
        return None
    at, _separator, key = said.partition("~")
    try:
        place = Place(datetime.fromisoformat(at), UUID(key))
    except ValueError:
        place = None
    if place is None or place.date.tzinfo is None:
        raise wrong("after", said, _("адрес из ссылки «дальше»"))
    return place
