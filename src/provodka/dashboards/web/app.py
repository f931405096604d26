"""The web application: the door, sealed answers, and what is said when something is wrong."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from provodka.connectors.crm_store.troubles import store_trouble
from provodka.dashboards.web import forms, hooks, pixels, refusals
from provodka.dashboards.web.asking import Gone, TooLarge
from provodka.dashboards.web.door import Door, Inbox
from provodka.dashboards.web.house import House, open_rooms
from provodka.dashboards.web.instead import away, broken, is_for_people, nowhere
from provodka.dashboards.web.reception import Reception
from provodka.dashboards.web.sealing import HEADERS, Sealing
from provodka.foundation.errors import ProvodkaError

__all__ = ["create_app"]

log = structlog.get_logger("provodka.web")
RETRY_SECONDS = "5"
Lifespan = Callable[[], AbstractAsyncContextManager[Inbox]]


def create_app(
    door: Door,
    opened: Lifespan,
    house: House | None = None,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ticks: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """The application for a door; `opened` gives the inbox for as long as it serves.

    Without a `house` it is the door alone, and there is no page to open.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened() as inbox:
            app.state.reception = Reception(door, inbox, clock, ticks)
            yield

    app = FastAPI(title="Provodka", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.lifespan_context = lifespan
    _declare(app)
    if house is not None:
        open_rooms(app, house)
    app.add_middleware(Sealing, access_log=door.access_log)
    app.add_exception_handler(ProvodkaError, _away)
    app.add_exception_handler(SQLAlchemyError, _store_away)
    app.add_exception_handler(Gone, _gone)
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(404, _nowhere)
    app.add_exception_handler(405, _nowhere)
    app.add_exception_handler(Exception, _broken)
    return app


def _declare(app: FastAPI) -> None:
    # Plain routes: the answer has to be as fast as it can, and there is nothing to validate.
    app.add_route("/hooks/{system}", hooks.take_hook, ["GET", "POST"])
    app.add_route("/hooks/{system}/{event:path}", hooks.take_hook, ["GET", "POST"])
    app.add_route("/forms/{code}", forms.take_form, ["POST"])
    app.add_route("/forms/{code}", forms.may_send, ["OPTIONS"])
    app.add_route("/p/{token}.gif", pixels.show_opened, ["GET"])
    app.add_route("/u/{token}", refusals.ask_to_confirm, ["GET"])
    app.add_route("/u/{token}", refusals.refuse_mailings, ["POST"])
    app.add_route("/v.gif", pixels.count_visit, ["GET"])
    app.add_route("/v", pixels.take_visit, ["POST"])
    app.add_route("/v", pixels.may_count, ["OPTIONS"])
    app.add_route("/health", _health, ["GET"])


async def _health(_request: Request) -> Response:
    return JSONResponse({"serving": True})


async def _away(request: Request, error: Exception) -> Response:
    """The store is away: the sender repeats, for nothing was taken."""
    code = getattr(error, "code", "")
    log.warning("store_away", code=code, found=getattr(error, "found", ""))
    if is_for_people(request):
        return away(request)
    return JSONResponse({"error": code}, 503, {"Retry-After": RETRY_SECONDS})


async def _store_away(request: Request, error: Exception) -> Response:
    """The store stops, is full or busy; anything else that it says is our own fault."""
    trouble = store_trouble(error)
    if trouble is None:
        return await _broken(request, error)
    return await _away(request, trouble)


async def _too_large(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "too_large"}, 413)


async def _gone(_request: Request, _error: Exception) -> Response:
    """Nobody is there to read an answer."""
    return Response(status_code=400)


async def _broken(request: Request, error: Exception) -> Response:
    room = getattr(request.scope.get("endpoint"), "__name__", "")
    log.error("request_broke", room=room, kind=type(error).__name__)
    if not is_for_people(request):
        return JSONResponse({"error": "broken"}, 500, HEADERS)
    answer = broken(request)
    for header, value in HEADERS.items():
        answer.headers.setdefault(header, value)
    return answer


async def _nowhere(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    if is_for_people(request):
        return nowhere(request, status)
    return await http_exception_handler(request, HTTPException(status, headers=_allowed(error)))


def _allowed(error: Exception) -> dict[str, str] | None:
    headers = getattr(error, "headers", None)
    return dict(headers) if headers else None
