"""The door of the base: faults, web server's habits, authorisation, sessions."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote_plus

from provodka.sandbox.faults import Fault, FaultBook
from provodka.sandbox.httpd import Request, Response
from provodka.sandbox.onec.errors import ODataError, refused
from provodka.sandbox.onec.load import Load
from provodka.sandbox.onec.options import parse_format
from provodka.sandbox.onec.service import Service
from provodka.sandbox.onec.sessions import Sessions, session_cookie
from provodka.sandbox.onec.writing import WriteRules
from provodka.sandbox.switches import SwitchBoard

ROOT = "/buh/odata/standard.odata"
_HTML = (
    "<!DOCTYPE html><html><head><title>1С:Предприятие</title></head>"
    "<body><form>Пользователь: <input name=login> Пароль: <input name=password></form></body>"
    "</html>"
)
_IIS_404 = (
    "<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head>"
    "<body><h2>404 - File or directory not found.</h2></body></html>"
)
_BAD_URL = (
    "<HTML><HEAD><TITLE>Bad Request</TITLE></HEAD><BODY><h2>Bad Request - Invalid URL</h2>"
    "<hr><p>HTTP Error 400. The request URL is invalid.</p></BODY></HTML>"
)
_DENIED = {"WWW-Authenticate": 'Basic realm="1C:Enterprise 8.3"'}


class Gate:
    """Lets requests through to the service, or answers in the web server's place."""

    def __init__(
        self,
        service: Service,
        faults: FaultBook,
        switches: SwitchBoard,
        credentials: tuple[str, str],
    ) -> None:
        self._service = service
        self._faults = faults
        self._switches = switches
        self._credentials = ":".join(credentials)
        self._sessions = Sessions()
        self.load = Load()
        self._last = time.monotonic()

    async def __call__(self, request: Request) -> Response:
        """Answer one request under the service's root."""
        async with self.turn():
            return await self._answer(request)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A request's stay in the base, whichever service it is for."""
        async with self.load.request(self._switches.now):
            yield
        self._last = time.monotonic()

    async def _answer(self, request: Request) -> Response:
        address = f"{request.path}?{unquote_plus(request.raw_query)}"
        refusal = await self.guard(request, address)
        if refusal is not None:
            return refusal
        response = self._with_session(request, address)
        self.spoil(response, request, address)
        return response

    async def guard(self, request: Request, address: str) -> Response | None:
        """What comes before any service of the base: delays, failures, the login."""
        await self._slow_down(request, address)
        broken = self._broken(request, address)
        if broken is not None:
            return broken
        if self._switches.now.iis and (refusal := _web_server(request)):
            return refusal
        if not self._authorised(request):
            return Response(401, b"", "text/html", dict(_DENIED))
        return None

    def spoil(self, response: Response, request: Request, address: str) -> None:
        """Lose an answer, or a half of it, if a fault says so."""
        if self._faults.take("drop_after", request.method, address):
            response.drop = True
        elif response.status == 200 and self._faults.take("half_page", request.method, address):
            response.half = True

    async def _slow_down(self, request: Request, address: str) -> None:
        now, switches = time.monotonic(), self._switches.now
        idle = now - self._last > switches.idle_seconds
        self._last = now
        seconds = switches.slow_first_seconds if idle else 0.0
        for kind in ("latency", "slow_first"):
            fault = self._faults.take(kind, request.method, address)
            seconds += fault.seconds if fault else 0.0
        if seconds:
            await asyncio.sleep(seconds)

    def _broken(self, request: Request, address: str) -> Response | None:
        def fires(kind: str) -> Fault | None:
            return self._faults.take(kind, request.method, address)

        if fires("drop_before"):
            return Response(500, drop=True)
        if fires("unavailable503"):
            return Response(503, b"Service Unavailable", "text/plain", {"Retry-After": "1"})
        if fires("unauthorized"):
            return Response(401, b"", "text/html", dict(_DENIED))
        if fires("html200"):
            return Response(200, _HTML.encode(), "text/html;charset=utf-8")
        if fault := fires("error500"):
            text = fault.text or "1C:Enterprise 8 application error"
            return Response(500, text.encode(), "text/plain;charset=utf-8")
        return None

    def _authorised(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and given == self._credentials

    def _with_session(self, request: Request, address: str) -> Response:
        wish = request.headers.get("ibsession", "").lower()
        cookie = session_cookie(request.headers.get("cookie", ""))
        known = self._sessions.is_open(cookie)
        if cookie and not known:
            return Response(
                400, "Сеанс отсутствует или удален".encode(), "text/plain;charset=utf-8"
            )
        exhausted = not self._sessions.has_room(self._switches.now.licences)
        if not known and (exhausted or self._faults.take("no_licence", request.method, address)):
            return _no_licence()
        headers: dict[str, str] = {}
        if wish == "start" and not known:
            headers["Set-Cookie"] = f"ibsession={self._sessions.start()}; path={ROOT}"
        response = self._serve(request, address)
        if wish == "finish" and known:
            self._sessions.finish(cookie)
        response.headers |= headers
        return response

    def _serve(self, request: Request, address: str) -> Response:
        path = request.path.removeprefix(ROOT).lstrip("/")
        rules = self._rules(request, address)
        if refusal := self._faults.take("refuse", request.method, address):
            return _refusal(request, refusal.text)
        return self._service.answer(request, path, self._switches.now, rules)

    def _rules(self, request: Request, address: str) -> WriteRules:
        if request.method == "GET":
            return WriteRules()
        now = self._switches.now
        lengths = {} if now.comment_length is None else {"Комментарий": now.comment_length}
        for fault in self._faults.take_all("truncate", request.method, address):
            lengths[fault.field or "Комментарий"] = fault.length
        ignored = self._faults.take_all("ignore_field", request.method, address)
        return WriteRules(
            ignored=frozenset(fault.field or "Комментарий" for fault in ignored),
            lengths=lengths,
            closed_before=now.closed_before,
            load_mode=request.headers.get("1c_odata-dataloadmode", "").lower() == "true",
        )


def _web_server(request: Request) -> Response | None:
    """IIS limits the query to 2,048 characters, http.sys a segment of the path to 260."""
    if len(request.raw_query) > 2048:
        return Response(404, _IIS_404.encode(), "text/html")
    if any(len(segment) > 260 for segment in request.path.split("/")):
        return Response(400, _BAD_URL.encode(), "text/html; charset=us-ascii")
    return None


def _no_licence() -> Response:
    text = "Не обнаружено свободной лицензии!"
    return Response(406, text.encode(), "text/plain;charset=utf-8")


def _refusal(request: Request, text: str) -> Response:
    error: ODataError = refused(text or "Не удалось записать: операция запрещена!")
    accept = request.headers.get("accept", "")
    return error.answer(json_wanted=parse_format(request.query, accept).json)
