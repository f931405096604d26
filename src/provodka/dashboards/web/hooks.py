"""`/hooks/<system>`: what other systems tell, verified, kept as it came, answered at once."""

from __future__ import annotations

from fastapi import Request, Response

from provodka.connectors.crm_store.inbox import Arrival
from provodka.connectors.telephony.source import HookRequest, Verdict
from provodka.dashboards.web.asking import TooLarge, body_of, digest, kept_headers
from provodka.dashboards.web.door import HookPlace
from provodka.dashboards.web.reception import Reception, reception, turned_away

__all__ = ["take_hook"]

STATUS = {Verdict.MISSING: 401, Verdict.WRONG: 403}


async def take_hook(request: Request) -> Response:
    """Keep a signed event; the answer is what its system expects, after the event is committed.

    401 without a signature, 403 with a wrong one, 404 for a system that is not connected.
    """
    desk, system = reception(request), request.path_params["system"]
    place = desk.door.hooks.get(system)
    if place is None:
        return turned_away(request, 404, "hook", "", "unknown_system")
    if not desk.allows("hook", request):
        return turned_away(request, 429, "hook", system, "too_often")
    try:
        body = await body_of(request, desk.door.limits.body)
    except TooLarge:
        return turned_away(request, 413, "hook", system, "too_large")
    asked = HookRequest(
        request.method, request.url.path, dict(request.query_params), dict(request.headers), body
    )
    verdict = _verdict(place, asked)
    if verdict is not Verdict.OK:
        _remember(desk, request, system, asked, verdict)
        return turned_away(request, STATUS[verdict], "hook", system, f"signature_{verdict}")
    identity = digest(place.hook.identity(asked))
    await desk.inbox.keep(_arrival(desk, request, system, asked, identity))
    status, content, kind = place.hook.answer(asked)
    return Response(content, status, media_type=kind)


def _verdict(place: HookPlace, asked: HookRequest) -> Verdict:
    """A request that nobody can even read is not from who signs as agreed."""
    try:
        return place.hook.verify(asked, place.secret)
    except (ValueError, LookupError, RecursionError):
        return Verdict.WRONG


def _remember(
    desk: Reception, request: Request, system: str, asked: HookRequest, verdict: Verdict
) -> None:
    """Keep a refused request as evidence, where the settings ask for it; it has no effect.

    Its identity is its own: whoever guesses the identity of an event cannot stand in its way.
    """
    if desk.door.keep_refused:
        body = asked.body.decode("latin-1")
        identity = digest("refused", verdict, asked.method, str(sorted(asked.query.items())), body)
        desk.inbox.keep_soon(
            _arrival(desk, request, system, asked, identity, verdict=verdict, state="refused")
        )


def _arrival(
    desk: Reception,
    request: Request,
    system: str,
    asked: HookRequest,
    identity: str,
    *,
    verdict: Verdict = Verdict.OK,
    state: str = "new",
) -> Arrival:
    return Arrival(
        door="hook",
        system=system,
        identity=identity,
        verdict=str(verdict),
        method=asked.method,
        path=asked.path.replace("\0", ""),
        query={name: value.replace("\0", "") for name, value in asked.query.items()},
        headers=kept_headers(request),
        body=asked.body,
        received_at=desk.clock(),
        state=state,
    )
