"""A small HTTP/1.1 server that can also misbehave on purpose.

Dropping a connection instead of answering, or in the middle of a body, is what the sandbox is for
and what ordinary servers take care never to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote, unquote_plus

_log = logging.getLogger(__name__)
_HEAD_LIMIT = 256 * 1024
_BODY_LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are in lower case, `path` is percent-decoded."""

    method: str
    path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded; the last of equal names wins."""
        pairs = (part.partition("=") for part in self.raw_query.split("&") if part)
        return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


@dataclass(slots=True)
class Response:
    """One answer. `drop` closes the connection instead, `half` after half of the body."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    half: bool = False


Handler = Callable[[Request], Awaitable[Response]]


class _BadRequest(Exception):
    pass


class HttpServer:
    """Serves one handler on one address of this machine."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, chosen by the system if 0 was asked for."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=_HEAD_LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the address and all connections."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        except (_BadRequest, asyncio.LimitOverrunError, ValueError):
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        finally:
            with suppress(ConnectionError):
                writer.close()

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._handler(request)
        except Exception:
            _log.exception("request failed: %s", request.method)
            return Response(500, b"sandbox failure, see its log", "text/plain")

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, _, rest = first.partition(" ")
        target, _, version = rest.rpartition(" ")
        if not target.startswith("/"):
            raise _BadRequest
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await _read_body(reader, headers)
        path, _, query = target.partition("?")
        request = Request(method.upper(), unquote(path), query, headers, body)
        response = await self._answer(request)
        if response.drop:
            return False
        keep = headers.get("connection", "").lower() != "close" and version == "HTTP/1.1"
        writer.write(_encode(response, head_only=method == "HEAD", keep=keep))
        await writer.drain()
        return keep and not response.half


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(reader)
    length = int(headers.get("content-length") or 0)
    if not 0 <= length <= _BODY_LIMIT:
        raise _BadRequest
    return await reader.readexactly(length)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        if size == 0:
            while (await reader.readline()).strip():
                pass
            return b"".join(parts)
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)


def _encode(response: Response, *, head_only: bool, keep: bool) -> bytes:
    status = HTTPStatus(response.status)
    headers = dict(response.headers)
    if response.content_type:
        headers["Content-Type"] = response.content_type
    if response.status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(response.body))
    headers["Connection"] = "keep-alive" if keep else "close"
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode()
    if head_only:
        return head
    body = response.body
    return head + (body[: len(body) // 2] if response.half else body)
