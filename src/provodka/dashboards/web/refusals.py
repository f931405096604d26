"""`/u/<token>`: a mailing's reader wants no more of them (RFC 8058), by one click or a button.

A `GET` changes nothing: programs that look at letters open every link in them. Whatever the
token, the answers are the same, so they tell nobody which letters were sent.
"""

from __future__ import annotations

from html import escape

from fastapi import Request, Response

from provodka.connectors.crm_store.inbox import Arrival
from provodka.connectors.letter_tokens import message_of_token
from provodka.dashboards.web.asking import TooLarge, body_of, digest
from provodka.dashboards.web.instead import written
from provodka.dashboards.web.pages.reader import language_of
from provodka.dashboards.web.reception import reception, turned_away
from provodka.foundation.i18n import _, speaking

__all__ = ["ask_to_confirm", "refuse_mailings"]

LARGEST = 8 * 1024
BUTTON = '<form method="post"><button class="btn btn-primary" type="submit">{text}</button></form>'


async def ask_to_confirm(request: Request) -> Response:
    """A page with a button; nothing changes until it is pressed."""
    with speaking(language_of(request)):
        button = BUTTON.format(text=escape(_("Отписаться")))
        return written(request, _("Отписка от рассылок"), button)


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
    with speaking(language_of(request)):
        said = escape(_("Рассылки на этот адрес больше не придут."))
        return written(request, _("Вы отписаны"), f"<p>{said}</p>")
