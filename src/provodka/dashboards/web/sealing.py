"""Around every answer: headers that browsers heed, and a line of the log without anybody's data."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

__all__ = ["HEADERS", "Sealing"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger("provodka.web")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SEALED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
SEALED_TLS = [*SEALED, (b"strict-transport-security", b"max-age=31536000")]


class Sealing:
    """Wraps an application; `access_log` tells of every request, else of refused ones alone.

    A line holds the method, which function answered (never the path or its parameters), the status.
    """

    def __init__(self, app: ASGIApp, *, access_log: bool) -> None:
        self._app = app
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and seal its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        sealed = SEALED_TLS if scope["scheme"] == "https" else SEALED

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _value in message["headers"]}
                message["headers"].extend(one for one in sealed if one[0] not in there)
                self._tell(scope, message["status"], time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, sending)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        if self._access_log or status >= 400:
            log.info(
                "request",
                method=scope["method"],
                room=getattr(scope.get("endpoint"), "__name__", ""),
                status=status,
                ms=round(seconds * 1000, 1),
            )
