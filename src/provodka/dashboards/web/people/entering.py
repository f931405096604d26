"""`/sign-in` and `/sign-out`: by login and password, limited, told apart from nobody."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from provodka.connectors.crm_store import audit, people, people_pace, sessions
from provodka.connectors.crm_store.people import Person
from provodka.dashboards.web.asking import body_of
from provodka.dashboards.web.people import cookies, passwords
from provodka.dashboards.web.people.apart import PASSWORDS, Busy, apart
from provodka.dashboards.web.people.letting_in import (
    address_of,
    count_try,
    note_refusal,
    seat,
    store_of,
    welcome,
)
from provodka.dashboards.web.people.next_path import local_path
from provodka.dashboards.web.people.refusing import Forbidden
from provodka.dashboards.web.people.rules import rules_of
from provodka.dashboards.web.people.seating import require_csrf, visitor_of
from provodka.dashboards.web.people.showing import own_form, shown
from provodka.foundation.i18n import _, marked

__all__ = ["fields_of", "is_private", "show_sign_in", "sign_in", "sign_out"]

LARGEST = 8 * 1024
WRONG = marked("Имя или пароль не подходят.")
OFTEN = marked("Слишком много попыток. Повторите через {minutes} мин.")
STALE = marked("Страница устарела. Введите имя и пароль еще раз.")
BUSY = marked("Сейчас входит слишком много людей. Повторите через минуту.")
OPEN = marked("Без TLS войти можно только на этом же компьютере. Откройте адрес с https://.")
LOGIN = re.compile(r"[\w.@+-]{1,100}")
"""What is shown again in the form; anything else was typed into the wrong place."""
HERE = frozenset({"127.0.0.1", "localhost", "::1"})


async def show_sign_in(request: Request) -> Response:
    """The form, or onwards if this browser has signed in already."""
    asked = local_path(request.query_params.get("next", "/"))
    if await visitor_of(request):
        return RedirectResponse(asked, 303)
    return _form(request, asked, OPEN if not is_private(request) else "", status=200)


async def sign_in(request: Request) -> Response:
    """Look at a login and a password; the same answer to everything that does not fit."""
    fields = await fields_of(request)
    asked = local_path(fields.get("next", "/"))
    if not is_private(request):
        return _form(request, asked, OPEN, status=403)
    if not own_form(request, fields.get("csrf")):
        return _form(request, asked, STALE, status=403)
    login = fields.get("login", "").strip().lower()
    tried = await run_in_threadpool(count_try, request, login)
    if tried.wait is not None:
        return _too_often(request, asked, tried.wait)
    try:
        password = fields.get("password", "")
        token = await apart(request, PASSWORDS, _checked, request, login, password)
    except Busy:
        return _form(request, asked, BUSY, status=503)
    if token is None:
        return _form(request, asked, WRONG, status=401, login=login)
    return welcome(request, token, asked)


async def sign_out(request: Request) -> Response:
    """End the session, with the field `everywhere` all of this person's."""
    fields = await fields_of(request)
    visitor = await visitor_of(request)
    answer = RedirectResponse("/sign-in", 303)
    if visitor is None:
        return answer
    try:
        require_csrf(request, visitor, fields)
    except Forbidden:
        return shown(request, "refused.html.jinja", 403, said=_("Выйти можно только отсюда."))
    everywhere = "everywhere" in fields
    await run_in_threadpool(_left, request, visitor.person, visitor.session, everywhere)
    cookies.drop(request, answer, cookies.SESSION)
    return answer


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a small form; of a name that is there twice the last. Raises `TooLarge`."""
    body = await body_of(request, LARGEST)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def is_private(request: Request) -> bool:
    """Whether nobody on the way can read a password or a cookie."""
    here = (request.url.hostname or "") in HERE
    return cookies.secure(request) or here or rules_of(request).plain_http


def _checked(request: Request, login: str, password: str) -> str | None:
    """A new session's token; in a thread, and without a connection while the password is hashed."""
    store = store_of(request)
    with store.connect() as connection:
        found = people.by_login(connection, login)
    right = passwords.fits(found.password if found else None, password)
    with store.begin() as connection:
        if found is None or not right or not found.active:
            detail = {"way": "password", "reason": _reason(found, right)}
            note_refusal(connection, request, found.id if found else None, detail)
            return None
        people_pace.forgive(connection, address_of(request), login)
        if found.password and passwords.needs_rehash(found.password):
            people.change(connection, found.id, password=passwords.hashed(password))
        return seat(connection, request, found.id, "password")


def _reason(found: Person | None, right: bool) -> str:
    if found is None:
        return "unknown"
    return "disabled" if right else "wrong"


def _left(request: Request, who: UUID, session: UUID, everywhere: bool) -> None:
    with store_of(request).begin() as connection:
        if everywhere:
            sessions.close_all(connection, who)
        else:
            sessions.close(connection, session)
        audit.note(connection, who, audit.LEFT, detail={"everywhere": str(everywhere).lower()})


def _too_often(request: Request, asked: str, wait: timedelta) -> Response:
    seconds = max(int(wait.total_seconds()), 1)
    answer = _form(request, asked, OFTEN, status=429, minutes=-(-seconds // 60))
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _form(
    request: Request, asked: str, said: str, *, status: int, minutes: int = 0, login: str = ""
) -> Response:
    provider = rules_of(request).by_provider
    return shown(
        request,
        "sign_in.html.jinja",
        status,
        next=asked,
        said=said,
        minutes=minutes,
        login=login if LOGIN.fullmatch(login) else "",
        provider=(provider.title or _("Войти через компанию")) if provider else "",
    )
