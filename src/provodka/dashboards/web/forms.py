"""`POST /forms/<code>`: forms of sites and requests to be called back."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from provodka.connectors.crm_store.inbox import Arrival
from provodka.connectors.web_forms import fingerprint, read_form
from provodka.dashboards.web.asking import TooLarge, body_of, digest, kept_headers
from provodka.dashboards.web.crossing import allowed, permission
from provodka.dashboards.web.door import FormPlace
from provodka.dashboards.web.reception import Reception, reception, turned_away
from provodka.dashboards.web.visitors import known_visitor
from provodka.foundation.errors import Misunderstood

__all__ = ["VISITOR", "may_send", "take_form"]

IDEMPOTENCY = "idempotency-key"
VISITOR = "visitor"
"""Under which name an arrival's headers keep the visitor whom the counter knows."""
KEPT = ("content-type", "origin", "referer", IDEMPOTENCY)
MINUTE = 60


async def may_send(request: Request) -> Response:
    """Answer a browser that asks whether a site may send this form (CORS preflight)."""
    place = reception(request).door.forms.get(request.path_params["code"])
    if place is None or not allowed(request, place.sites):
        return turned_away(request, 403, "form", "", "foreign_site")
    return Response(status_code=204, headers=permission(request))


async def take_form(request: Request) -> Response:
    """Keep what a person has filled in, once, however often the button was pressed.

    A robot that fills the trap is thanked like everybody else, and nothing is kept.
    """
    desk, code = reception(request), request.path_params["code"]
    place = desk.door.forms.get(code)
    if place is None:
        return turned_away(request, 404, "form", "", "unknown_form")
    if not allowed(request, place.sites):
        return turned_away(request, 403, "form", code, "foreign_site")
    if not desk.allows("form", request):
        return _readable(request, turned_away(request, 429, "form", code, "too_often"))
    try:
        body = await body_of(request, desk.door.limits.body)
        fields = read_form(request.headers.get("content-type", ""), body)
    except TooLarge:
        return _readable(request, turned_away(request, 413, "form", code, "too_large"))
    except Misunderstood as error:
        return _readable(request, turned_away(request, 400, "form", code, error.code))
    if not any(value.strip() for value in fields.values()):
        return _readable(request, turned_away(request, 400, "form", code, "empty_form"))
    if place.honeypot and fields.get(place.honeypot, "").strip():
        desk.inbox.refuse("form", code, "robot")
    else:
        await desk.inbox.keep(_arrival(desk, request, code, fields, body))
    return _thanks(request, place)


def _arrival(
    desk: Reception, request: Request, code: str, fields: dict[str, str], body: bytes
) -> Arrival:
    now, likeness = desk.clock(), fingerprint(fields)
    key = request.headers.get(IDEMPOTENCY, "")
    minute = str(int(now.timestamp()) // MINUTE)
    visitor = known_visitor(request, fields.get(VISITOR, ""))
    return Arrival(
        door="form",
        system=code,
        identity=digest("key", key) if key else digest("content", likeness, minute),
        likeness=None if key else likeness,
        path=f"/forms/{code}",
        headers=kept_headers(request, KEPT) | ({VISITOR: visitor} if visitor else {}),
        body=body,
        received_at=now,
    )


def _thanks(request: Request, place: FormPlace) -> Response:
    if place.thanks and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(place.thanks, 303)
    return _readable(request, JSONResponse({"accepted": True}))


def _readable(request: Request, answer: Response) -> Response:
    """An answer that the site's script may read."""
    answer.headers.update(permission(request))
    return answer
