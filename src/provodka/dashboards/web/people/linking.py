"""`/enter/<token>`: a one-time link; looking at it spends nothing, its button does.

Programs that show previews of messages open every link in them.
"""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from provodka.connectors.crm_store import sessions
from provodka.dashboards.web.people.entering import fields_of, is_private
from provodka.dashboards.web.people.letting_in import (
    count_try,
    note_refusal,
    seat,
    store_of,
    welcome,
)
from provodka.dashboards.web.people.rules import rules_of
from provodka.dashboards.web.people.showing import own_form, shown
from provodka.foundation.i18n import marked

__all__ = ["enter", "show_link"]

SPENT = marked("Ссылка уже использована, устарела или скопирована не целиком.")
OFTEN = marked("Слишком много попыток. Повторите через четверть часа.")
OPEN = marked("Без TLS войти можно только на этом же компьютере. Откройте адрес с https://.")
WAY = "link"


async def show_link(request: Request) -> Response:
    """Whom the link lets in, and a button."""
    if not is_private(request):
        return shown(request, "refused.html.jinja", 403, said=OPEN)
    name = await run_in_threadpool(_owner, request)
    return shown(request, "enter.html.jinja", name=name) if name else await _refused(request)


async def enter(request: Request) -> Response:
    """Let in whom the link is for, once."""
    fields = await fields_of(request)
    if not is_private(request) or not own_form(request, fields.get("csrf")):
        return await show_link(request)
    token = await run_in_threadpool(_spent, request)
    return welcome(request, token, "/") if token else await _refused(request)


def _owner(request: Request) -> str | None:
    with store_of(request).connect() as connection:
        now = rules_of(request).clock()
        return sessions.link_owner(connection, request.path_params["token"], now)


def _spent(request: Request) -> str | None:
    with store_of(request).begin() as connection:
        now = rules_of(request).clock()
        who = sessions.use_link(connection, request.path_params["token"], now)
        return seat(connection, request, who, WAY) if who else None


async def _refused(request: Request) -> Response:
    tried = await run_in_threadpool(count_try, request)
    if tried.wait is not None:
        return shown(request, "refused.html.jinja", 429, said=OFTEN)
    await run_in_threadpool(_note, request)
    return shown(request, "refused.html.jinja", 410, said=SPENT)


def _note(request: Request) -> None:
    with store_of(request).begin() as connection:
        note_refusal(connection, request, None, {"way": WAY, "reason": "spent"})
