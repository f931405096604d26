"""`/p/<token>.gif`, `/v.gif` and `POST /v`: letters that were opened, sites that were visited.

Whatever is asked, the answer is the same picture, at once: it tells nobody what is known here.
"""

from __future__ import annotations

from base64 import b64decode

from fastapi import Request, Response

from provodka.connectors.crm_store.inbox import Arrival
from provodka.connectors.letter_tokens import message_of_token
from provodka.connectors.web_forms import read_form
from provodka.dashboards.web.asking import TooLarge, body_of, digest, kept_headers, site_of
from provodka.dashboards.web.crossing import allowed, permission
from provodka.dashboards.web.door import VisitPlace
from provodka.dashboards.web.reception import Reception, reception, turned_away
from provodka.dashboards.web.visitors import (
    known_visitor,
    new_visitor,
    refuses_tracking,
    remember,
)
from provodka.foundation.errors import Misunderstood

__all__ = ["count_visit", "may_count", "show_opened", "take_visit"]

GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
LARGEST_VISIT = 8 * 1024
LONGEST = 2000
YES = frozenset({"1", "true", "yes"})
TOLD = ("site", "page", "referrer", "visitor", "consent", "token", "id", "source")
UTM = ("utm_source", "utm_medium", "utm_campaign")


async def show_opened(request: Request) -> Response:
    """Note that a letter was opened, if its token is one of ours."""
    desk = reception(request)
    secret = desk.door.letter_secret
    letter = message_of_token(request.path_params["token"], secret) if secret else None
    if letter is not None and desk.allows("visit", request):
        desk.inbox.keep_soon(
            Arrival(
                door="open",
                system="mail",
                identity=digest(str(letter)),
                method="GET",
                path="/p",
                query={"message": str(letter)},
                received_at=desk.clock(),
            )
        )
    return _picture()


async def count_visit(request: Request) -> Response:
    """Count a visit that a picture on the page tells of."""
    answer = _picture()
    _count(request, dict(request.query_params), answer)
    return answer


async def may_count(request: Request) -> Response:
    """Answer a browser that asks whether a site may tell of visits (CORS preflight)."""
    place = reception(request).door.visits
    if place is None or not allowed(request, place.sites):
        return turned_away(request, 403, "visit", "", "foreign_site")
    return Response(status_code=204, headers=permission(request))


async def take_visit(request: Request) -> Response:
    """Count a visit that a script on the page tells of, in JSON or as a form."""
    desk = reception(request)
    place = desk.door.visits
    if place is None or not allowed(request, place.sites):
        return turned_away(request, 403, "visit", "", "foreign_site")
    try:
        body = await body_of(request, min(LARGEST_VISIT, desk.door.limits.body))
        told = read_form(request.headers.get("content-type") or "application/json", body)
    except TooLarge:
        return turned_away(request, 413, "visit", "", "too_large")
    except Misunderstood as error:
        return turned_away(request, 400, "visit", "", error.code)
    answer = Response(status_code=204, headers=permission(request))
    _count(request, told, answer)
    return answer


def _count(request: Request, told: dict[str, str], answer: Response) -> None:
    desk = reception(request)
    place = desk.door.visits
    if place is None:
        return
    site = site_of(request.headers, told.get("site", ""))
    if site not in place.sites:
        desk.inbox.refuse("visit", "", "foreign_site")
    elif _may_follow(request, place, told):
        if not desk.allows("visit", request):
            desk.inbox.refuse("visit", site, "too_often")
            return
        visitor = known_visitor(request, told.get("visitor", ""))
        if not visitor:
            visitor = new_visitor()
            remember(answer, visitor)
        desk.inbox.keep_soon(_arrival(desk, request, site, told | {"visitor": visitor}))


def _may_follow(request: Request, place: VisitPlace, told: dict[str, str]) -> bool:
    agreed = told.get("consent", "").lower() in YES
    return (agreed or not place.needs_consent) and not refuses_tracking(request)


def _arrival(desk: Reception, request: Request, site: str, told: dict[str, str]) -> Arrival:
    query = {
        name: told[name].replace("\0", "")[:LONGEST] for name in (*TOLD, *UTM) if told.get(name)
    }
    return Arrival(
        door="visit",
        system=site,
        identity=digest(told["visitor"], told.get("id") or new_visitor()),
        method=request.method,
        path="/v",
        query=query,
        headers=kept_headers(request, ("referer",)),
        received_at=desk.clock(),
    )


def _picture() -> Response:
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(GIF, media_type="image/gif", headers=headers)
