"""HTTP for every connector: the only module that knows which library speaks it.

A read is repeated by itself when the other side is down, slow or answers
nonsense. A write is never repeated here: either nothing was sent
(`SystemUnavailable`) or nobody knows (`UnknownOutcome`), and the caller looks.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import httpx
import stamina
import structlog

from provodka.connectors.http_values import (
    AnswerTooLarge,
    BasicAuth,
    HttpAnswer,
    Retries,
    checked_url,
    encode_path,
    gateway_trouble,
    masked,
    unknown_outcome,
)
from provodka.foundation.errors import (
    ProvodkaError,
    RetriableError,
    SystemUnavailable,
)
from provodka.foundation.i18n import _

__all__ = ["AnswerTooLarge", "BasicAuth", "HttpAnswer", "HttpClient", "Retries", "encode_path"]

log = structlog.get_logger("provodka.http")
T = TypeVar("T")

MEGABYTE = 1024 * 1024
GATEWAY_TROUBLE = frozenset({502, 503, 504})
NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class HttpClient:
    """One other system over HTTP; safe for threads, keeps its connections open, no cookies.

    `timeout` is the longest silence in seconds while an answer is awaited;
    `max_connections` is also the number of requests under way at once, and
    `turns`, if given, is entered for each of them: clients of one system that
    share it take turns. `max_body` bounds an answer after decompression, in bytes.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: BasicAuth | None = None,
        timeout: float = 60.0,
        connect_timeout: float = 10.0,
        max_connections: int = 1,
        retries: Retries | None = None,
        headers: Mapping[str, str] | None = None,
        max_body: int = 64 * MEGABYTE,
        ca_file: Path | None = None,
        turns: AbstractContextManager[object] | None = None,
    ) -> None:
        self._turns = turns or nullcontext()
        self.base_url = checked_url(base_url)
        self.retries = retries or Retries()
        self._max_body = max_body
        self._patience = httpx.Timeout(timeout, connect=connect_timeout, pool=timeout * 10)
        always = {"User-Agent": "provodka", **(headers or {})}
        if auth is not None:
            always["Authorization"] = auth.header()
        self._client = httpx.Client(
            headers=always,
            timeout=self._patience,
            limits=httpx.Limits(
                max_connections=max_connections, max_keepalive_connections=max_connections
            ),
            verify=_trust(self.base_url, ca_file),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; the client cannot be used afterwards."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: str | Mapping[str, str] = "",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        timeout: float | None = None,
        before: Callable[[], None] | None = None,
    ) -> HttpAnswer:
        """Send and return the answer of whatever status, except a gateway's 502, 503, 504.

        `query` is a mapping, or text that is encoded already. `idempotent` (by
        default: GET and HEAD) allows repeating. `timeout` is this request's own.
        `before` is called when a connection is there and the next thing is to write to it;
        what it raises is raised, and nothing is sent.
        Raises `SystemUnavailable`, `UnknownOutcome`.
        """
        return self.exchange(
            method,
            path,
            query=query,
            content=content,
            headers=headers,
            idempotent=idempotent,
            timeout=timeout,
            before=before,
            read=lambda answer: answer,
        )

    def exchange(
        self,
        method: str,
        path: str,
        *,
        read: Callable[[HttpAnswer], T],
        query: str | Mapping[str, str] = "",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        timeout: float | None = None,
        before: Callable[[], None] | None = None,
    ) -> T:
        """As `request`, and let `read` understand the answer.

        A `RetriableError` that `read` raises repeats an idempotent request, so
        that half an answer is asked for again.
        """
        repeatable = method in {"GET", "HEAD"} if idempotent is None else idempotent
        url = f"{self.base_url}/{encode_path(path.lstrip('/'))}"
        asked = query if isinstance(query, str) else urlencode(query, quote_via=quote)
        waiting = self._patience if timeout is None else self._waiting(timeout)
        request = self._client.build_request(
            method,
            f"{url}?{asked}" if asked else url,
            content=content,
            headers=headers,
            timeout=waiting,
            extensions={} if before is None else {"trace": _asking(before)},
        )

        def once() -> T:
            return read(self._send(request, path, sent_once=not repeatable))

        if not repeatable:
            return once()
        return self._repeating(once)

    def _waiting(self, seconds: float) -> httpx.Timeout:
        usual = self._patience
        return httpx.Timeout(seconds, connect=usual.connect, pool=usual.pool)

    def _repeating(self, call: Callable[[], T]) -> T:
        try:
            for attempt in stamina.retry_context(
                on=self._wait,
                attempts=self.retries.attempts,
                timeout=None,
                wait_initial=self.retries.first_wait,
                wait_max=self.retries.longest_wait,
            ):
                with attempt:
                    try:
                        return call()
                    except RetriableError as error:
                        raise _Again(error) from error
        except _Again as again:
            raise again.error from again.error.__cause__
        raise AssertionError("stamina raises the last error by itself")

    def _wait(self, trouble: Exception) -> bool | timedelta:
        return isinstance(trouble, _Again) and self.retries.backoff(trouble.error)

    def _send(self, request: httpx.Request, path: str, *, sent_once: bool) -> HttpAnswer:
        where = f"{request.method} {self.base_url}/{masked(path.lstrip('/'))}"
        try:
            with self._turns:
                started = time.monotonic()
                response = self._client.send(request, stream=True)
                try:
                    body = self._body(response, where)
                finally:
                    response.close()
        except (httpx.RequestError, AnswerTooLarge) as trouble:
            error = _translated(trouble, where, sent_once=sent_once)
            log.warning("http_failed", method=request.method, path=masked(path), error=error.code)
            raise error from trouble
        answer = HttpAnswer(
            response.status_code, dict(response.headers), body, time.monotonic() - started
        )
        self._note(request, path, answer)
        if answer.status in GATEWAY_TROUBLE:
            raise gateway_trouble(answer, where, sent_once=sent_once)
        return answer

    def _body(self, response: httpx.Response, where: str) -> bytes:
        pieces: list[bytes] = []
        size = 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > self._max_body:
                raise AnswerTooLarge(
                    where,
                    found=_("ответ больше {limit} МБ").format(limit=self._max_body // MEGABYTE),
                    next_step=_("запросите меньше строк или полей за один раз"),
                    code="answer_too_large",
                )
            pieces.append(piece)
        return b"".join(pieces)

    def _note(self, request: httpx.Request, path: str, answer: HttpAnswer) -> None:
        options = parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True)
        log.debug(
            "http_request",
            method=request.method,
            path=masked(path),
            options=[name for name, _value in options],
            status=answer.status,
            seconds=round(answer.seconds, 3),
            bytes=len(answer.body),
        )


class _Again(Exception):
    """Carries an error past stamina, which logs what it repeats: only the code is to be seen."""

    def __init__(self, error: RetriableError) -> None:
        super().__init__(error.code)
        self.error = error


def _asking(before: Callable[[], None]) -> Callable[[str, object], None]:
    """Call `before` as the first byte of a request is about to be written."""

    def trace(event: str, _details: object) -> None:
        if event.endswith("send_request_headers.started"):
            before()

    return trace


def _trust(base_url: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is not None:
        return ssl.create_default_context(cafile=str(ca_file))
    # Reading the certificate bundle costs 30 ms, which a plain-http base need not pay.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if base_url.startswith("http:") else True


def _translated(trouble: Exception, where: str, *, sent_once: bool) -> ProvodkaError:
    if sent_once and not isinstance(trouble, NOTHING_SENT):
        return unknown_outcome(
            where, _("ответ потерян ({kind})").format(kind=type(trouble).__name__)
        )
    if isinstance(trouble, ProvodkaError):
        return trouble
    if isinstance(trouble, httpx.TimeoutException):
        found = _("нет ответа вовремя ({kind})").format(kind=type(trouble).__name__)
    elif isinstance(trouble, NOTHING_SENT):
        found = _("соединиться не удалось ({reason})").format(reason=trouble)
    else:
        found = _("ответ оборвался ({kind})").format(kind=type(trouble).__name__)
    return SystemUnavailable(
        where,
        found=found,
        next_step=_("проверьте, что система включена и доступна с этой машины"),
        code="unavailable",
    )
