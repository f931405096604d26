"""What every way of signing in ends with: a new session, and a refusal that tells nothing."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Engine

from provodka.connectors.crm_store import audit, people_pace, sessions
from provodka.connectors.crm_store.people_pace import Tried
from provodka.dashboards.web.pace import neighbourhood
from provodka.dashboards.web.people import cookies
from provodka.dashboards.web.people.next_path import local_path
from provodka.dashboards.web.people.rules import rules_of

__all__ = ["address_of", "count_try", "note_refusal", "seat", "store_of", "welcome"]


def store_of(request: Request) -> Engine:
    """The store of the application that a request came to."""
    store: Engine = request.app.state.store
    return store


def address_of(request: Request) -> str:
    """Whence a request came, as limits know it."""
    return neighbourhood(request.client.host if request.client else "")


def count_try(request: Request, login: str = "") -> Tried:
    """Count a try to sign in, whatever comes of it."""
    rules = rules_of(request)
    with store_of(request).begin() as connection:
        found = people_pace.tried(
            connection, address_of(request), login, rules.clock(), rules.limits
        )
        if found.first:
            note_refusal(connection, request, None, {"reason": "too_often"})
    return found


def seat(connection: Connection, request: Request, who: UUID, way: str) -> str:
    """Open a session in place of the one that the browser has; returns its token."""
    rules = rules_of(request)
    now = rules.clock()
    sessions.close_token(connection, cookies.token_in(request, cookies.SESSION))
    token = sessions.open_session(connection, who, way, now=now, until=now + rules.longest)
    detail = {"way": way, "from": address_of(request)}
    audit.note(connection, who, audit.ENTERED, detail=detail)
    return token


def note_refusal(
    connection: Connection, request: Request, who: UUID | None, detail: Mapping[str, str]
) -> None:
    """Keep that somebody was not let in. What was typed is not kept: it may be a password."""
    audit.note(connection, who, audit.REFUSED, detail={**detail, "from": address_of(request)})


def welcome(request: Request, token: str, asked: str) -> Response:
    """Send the browser on with its new session."""
    answer = RedirectResponse(local_path(asked), 303)
    cookies.put(request, answer, cookies.SESSION, token)
    cookies.drop(request, answer, cookies.BEFORE)
    return answer
