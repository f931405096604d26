"""`/oidc/start` and `/oidc/return`: sign-in by an identity provider (OpenID Connect Core 1.0).

Authorization code with PKCE (RFC 7636). State, nonce and verifier follow from one random word in
the browser's cookie, so nothing of a sign-in that has begun is kept here, and a return without
that cookie is nobody's.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from provodka.connectors.crm_store import people_pace
from provodka.connectors.oidc.identity import Identity
from provodka.dashboards.web.people import cookies, recognising
from provodka.dashboards.web.people.apart import PROVIDER, Busy, apart
from provodka.dashboards.web.people.entering import is_private
from provodka.dashboards.web.people.letting_in import (
    address_of,
    count_try,
    note_refusal,
    seat,
    store_of,
    welcome,
)
from provodka.dashboards.web.people.next_path import local_path
from provodka.dashboards.web.people.rules import ByProvider, SignInRules, rules_of
from provodka.dashboards.web.people.showing import shown
from provodka.foundation.errors import AccessDenied, ProvodkaError
from provodka.foundation.i18n import marked

__all__ = ["come_back", "start"]

WAY = "oidc"
RETURN = "/oidc/return"
FAILED = marked("Поставщик входа не подтвердил, кто вы. Начните вход заново.")
UNKNOWN = marked("Вас здесь не ждут. Попросите инженера завести вас в хабе.")
AWAY = marked("Поставщик входа не отвечает. Повторите через минуту или войдите паролем.")
OFTEN = marked("Слишком много попыток. Повторите через четверть часа.")
OPEN = marked("Без TLS войти можно только на этом же компьютере. Откройте адрес с https://.")
ABSENT = marked("Вход через поставщика здесь не настроен.")


async def start(request: Request) -> Response:
    """Send the browser to the provider, with a word of its own to come back with."""
    rules = rules_of(request)
    if rules.by_provider is None:
        return shown(request, "refused.html.jinja", 404, said=ABSENT)
    if not is_private(request):
        return shown(request, "refused.html.jinja", 403, said=OPEN)
    word = secrets.token_urlsafe(32)
    provider = rules.by_provider.provider
    try:
        address = await apart(
            request,
            PROVIDER,
            provider.start,
            state=cookies.derived(word, "state"),
            nonce=cookies.derived(word, "nonce"),
            verifier=cookies.derived(word, "verifier"),
            back=_back(request, rules),
            now=rules.clock(),
        )
    except (ProvodkaError, Busy):
        return shown(request, "refused.html.jinja", 503, said=AWAY)
    answer = RedirectResponse(address, 303)
    asked = local_path(request.query_params.get("next", "/"))
    cookies.put(request, answer, cookies.PROVIDER, f"{word}{asked}")
    return answer


async def come_back(request: Request) -> Response:
    """Let in whom the provider vouches for, if this browser was sent there from here."""
    rules = rules_of(request)
    word, slash, path = cookies.token_in(request, cookies.PROVIDER).partition("/")
    tried = await run_in_threadpool(count_try, request)
    if tried.wait is not None:
        answer = shown(request, "refused.html.jinja", 429, said=OFTEN)
    elif rules.by_provider is None:
        answer = shown(request, "refused.html.jinja", 404, said=ABSENT)
    elif not word or not cookies.same(
        request.query_params.get("state"), cookies.derived(word, "state")
    ):
        answer = await run_in_threadpool(_refused, request, "state", FAILED)
    else:
        answer = await _believed(request, rules, rules.by_provider, word, slash + path)
    cookies.drop(request, answer, cookies.PROVIDER)
    return answer


async def _believed(
    request: Request, rules: SignInRules, by: ByProvider, word: str, asked: str
) -> Response:
    try:
        return await apart(request, PROVIDER, _vouched, request, rules, by, word, asked)
    except Busy:
        return shown(request, "refused.html.jinja", 503, said=AWAY)


def _vouched(
    request: Request, rules: SignInRules, by: ByProvider, word: str, asked: str
) -> Response:
    try:
        identity = by.provider.finish(
            code=request.query_params.get("code", ""),
            nonce=cookies.derived(word, "nonce"),
            verifier=cookies.derived(word, "verifier"),
            back=_back(request, rules),
            now=rules.clock(),
        )
    except AccessDenied as error:
        return _refused(request, error.code, FAILED)
    except ProvodkaError:
        return shown(request, "refused.html.jinja", 503, said=AWAY)
    token = _seated(request, by, identity)
    return welcome(request, token, asked) if token else _refused(request, "unknown", UNKNOWN)


def _seated(request: Request, by: ByProvider, identity: Identity) -> str | None:
    with store_of(request).begin() as connection:
        who = recognising.recognised(connection, identity, by.roles, creates=by.creates)
        if who is None:
            return None
        people_pace.forgive(connection, address_of(request), "")
        return seat(connection, request, who, WAY)


def _refused(request: Request, reason: str, said: str) -> Response:
    with store_of(request).begin() as connection:
        note_refusal(connection, request, None, {"way": WAY, "reason": reason})
    return shown(request, "refused.html.jinja", 403, said=said)


def _back(request: Request, rules: SignInRules) -> str:
    """Our own address as the provider knows it: the public one, else the one that was asked."""
    if rules.public_url:
        return rules.public_url.rstrip("/") + RETURN
    asked = urlsplit(str(request.url))
    return f"{asked.scheme}://{asked.netloc}{RETURN}"
