"""`/u/<token>`: a mailing's reader wants no more of them (RFC 8058), by one click or a button.

A `GET` changes nothing: programs that look at letters open every link in them. Whatever the
token, the answers are the same, so they tell nobody which letters were sent.
"""

from __future__ import annotations

from html import escape

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from provodka.connectors.crm_store.inbox import Arrival
from provodka.connectors.letter_tokens import message_of_token
from provodka.dashboards.web.asking import TooLarge, body_of, digest
from provodka.dashboards.web.reception import reception, turned_away
from provodka.foundation.i18n import _

__all__ = ["ask_to_confirm", "refuse_mailings"]

LARGEST = 8 * 1024
POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>{title}</title></head>
<body><h1>{title}</h1>{body}</body></html>
"""
BUTTON = '<form method="post"><button type="submit">{text}</button></form>'


async def ask_to_confirm(_request: Request) -> Response:
    """A page with a button; nothing changes until it is pressed."""
    return _page(_("Отписка от рассылок"), BUTTON.format(text=escape(_("Отписаться"))))


async def refuse_mailings(request: Request) -> Response:
    """Keep the wish, if the token is one of ours; it is committed when this answers."""
    desk = reception(request)
    if not desk.allows("visit", request):
        return turned_away(request, 429, "unsubscribe", "", "too_often")
    try:
        await body_of(request, LARGEST)
    except TooLarge:
        return turned_away(request, 413, "unsubscribe", "", "too_large")
    secret = desk.door.letter_secret
    letter = message_of_token(request.path_params["token"], secret) if secret else None
    if letter is not None:
        await desk.inbox.keep(
            Arrival(
                door="unsubscribe",
                system="mail",
                identity=digest(str(letter)),
                path="/u",
                query={"message": str(letter)},
                received_at=desk.clock(),
            )
        )
    return _page(_("Вы отписаны"), escape(_("Рассылки на этот адрес больше не придут.")))


def _page(title: str, body: str) -> Response:
    content = PAGE.format(title=escape(title), body=body)
    return HTMLResponse(content, headers={"Content-Security-Policy": POLICY})
