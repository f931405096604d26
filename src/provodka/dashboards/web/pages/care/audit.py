"""`/audit`: who signed in, saw, exported and did what."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from provodka.connectors.crm_store import people
from provodka.dashboards.insight.reach import people_of
from provodka.dashboards.insight.seen_and_done import audit_page, detail_word, what_word
from provodka.dashboards.insight.titles import kind_title
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.care.links import document_href
from provodka.dashboards.web.pages.care.matters import cursor_of, wrong
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _, marked

__all__ = ["pages"]

PAGE = 100


def pages() -> tuple[Page, ...]:
    """One page."""
    return (
        Page(
            "/audit", "audit", marked("Кто что делал"),
            frozenset({Role.HEAD, Role.ENGINEER}), show,
            menu=marked("Кто что делал"), section="hub", icon="user",
        ),
    )  # fmt: skip


def show(visit: Visit) -> Answer:
    """A hundred lines, the latest first; of one person, or about one document."""
    login, document = visit.query.get("login", ""), _document(visit)
    staff = people_of(visit.connection, visit.visitor.departments)
    rows = audit_page(
        visit.connection,
        PAGE + 1,
        before=cursor_of(visit, "before"),
        login=login,
        document=document,
        staff=staff,
    )
    more = ""
    if rows[PAGE:]:
        said = {"login": login, "document": document, "before": rows[PAGE - 1].id}
        more = "/audit?" + urlencode({name: one for name, one in said.items() if one})
    known = people.listed(visit.connection)
    context = {
        "rows": rows[:PAGE],
        "more": more,
        "login": login,
        "document": document,
        "people": [
            (one.login, one.name) for one in known if staff is None or one.employee_id in staff
        ],
        "what_word": what_word,
        "detail_word": detail_word,
        "called": _called(),
        "kind_title": kind_title,
        "document_href": document_href,
    }
    return Shown("care_audit.html.jinja", context)


def _called() -> Mapping[str, str]:
    """What the pages of the menu are called, by their addresses."""
    from provodka.dashboards.web.pages.catalog import all_pages

    return {page.path: _(page.menu) for page in all_pages() if page.menu}


def _document(visit: Visit) -> UUID | None:
    said = visit.query.get("document", "")
    try:
        return UUID(said) if said else None
    except ValueError:
        raise wrong("document", said, _("ключ документа")) from None
