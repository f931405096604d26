"""The visitor of a request, and the token that every form of ours carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine

from provodka.connectors.crm_store import sessions
from provodka.connectors.crm_store.people_absent import lent_to
from provodka.connectors.crm_store.sessions import Seat
from provodka.dashboards.web.people import cookies
from provodka.dashboards.web.people.refusing import Forbidden
from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.rules import rules_of
from provodka.dashboards.web.people.substituting import note_lent, with_lent
from provodka.dashboards.web.people.visitor import Visitor
from provodka.foundation.i18n import _

__all__ = ["require_csrf", "visitor_of"]

FIELD = "csrf"
HEADER = "x-csrf-token"
PURPOSE = "form"


async def visitor_of(request: Request) -> Visitor | None:
    """Whoever has signed in with this browser; None if nobody, or the session has run out.

    Two indexed queries at most, in a thread. What the person may is read anew each time, so that
    a role that was taken away, or was lent for an absence that is over, is gone with the next
    request.
    """
    token = cookies.token_in(request, cookies.SESSION)
    if not token:
        return None
    return await run_in_threadpool(_visitor, request, token)


def _visitor(request: Request, token: str) -> Visitor | None:
    engine: Engine = request.app.state.store
    rules = rules_of(request)
    with engine.begin() as connection:
        now = rules.clock()
        seat = sessions.seated(connection, token, now, rules.idle)
        if seat is None:
            return None
        visitor = _known(seat, cookies.derived(token, PURPOSE))
        if visitor.employee is None:
            return visitor
        lent = lent_to(connection, visitor.employee, now.astimezone(rules.zone).date())
        note_lent(connection, visitor, lent)
        return with_lent(visitor, lent)


def _known(seat: Seat, csrf: str) -> Visitor:
    return Visitor(
        person=seat.person,
        name=seat.name,
        roles=frozenset(map(Role, seat.roles)),
        employee=seat.employee,
        departments=frozenset(seat.departments),
        session=seat.session,
        csrf=csrf,
    )


def require_csrf(request: Request, visitor: Visitor, form: Mapping[str, Any]) -> None:
    """Raise `Forbidden` unless a form (or htmx, by `X-CSRF-Token`) was sent from our own page."""
    given = request.headers.get(HEADER) or form.get(FIELD)
    foreign = request.headers.get("sec-fetch-site", "") in ("cross-site", "same-site")
    if foreign or not cookies.same(given, visitor.csrf):
        raise Forbidden(
            _("Форма"),
            found=_("она не с этой страницы или открыта в другом сеансе"),
            expected=_("форма, открытая после входа"),
            next_step=_("обновите страницу и повторите"),
            code="csrf",
        )
