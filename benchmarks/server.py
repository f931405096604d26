"""A local OData service whose own cost is a slice of bytes: `python -m benchmarks.server`.

It stands for «Бухгалтерия предприятия 3.0» behind HTTP/1.1 with connections kept alive. It knows
the service list, `$metadata`, a set with `$top`, `$skip`, `$inlinecount`, `$orderby` (the fixed
order), `$filter` over `Date` and over what is the same in all objects, one object by its key, and
`/$count`. `$select=Ref_Key,DataVersion`
(`,Date` too, of invoices) gives those fields; any other `$select` of known fields gives the one
full shape, so every client reads the very same bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from benchmarks.edmx import metadata
from benchmarks.rows import Rows, UnsupportedError, company_rows, company_versions

ROOT = "/base/odata/standard.odata/"
_KEY = re.compile(r"^(\w+)\(guid'([0-9a-f-]{36})'\)$")
JSON = "application/json;charset=utf-8"
_ORDERS = {"", "Date", "Date asc", "Date,Number", "Code", "Code,Description"}
_VERSIONS = {"Ref_Key,DataVersion", "Ref_Key,DataVersion,Date"}
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


class Service:
    """Answers requests for one base: path and query in, status, type and body out."""

    def __init__(self, documents: int) -> None:
        self.sets = company_rows(documents)
        self.versions = company_versions(self.sets)
        self.fields = {name: _fields(rows) for name, rows in self.sets.items()}
        self.metadata = metadata(self.sets)

    def answer(self, target: str) -> tuple[int, str, bytes]:
        """The answer to `GET target`."""
        parts = urlsplit(target)
        path = unquote(parts.path)
        if not path.startswith(ROOT):
            return odata_error(404, "8", "Публикация не найдена")
        try:
            return self._resource(path.removeprefix(ROOT), dict(parse_qsl(parts.query)))
        except UnsupportedError as error:
            return odata_error(400, "14", f"Ошибка при разборе опции запроса: {error}")
        except KeyError:
            return odata_error(404, "8", "Сущность не найдена!")

    def _resource(self, path: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        if path == "$metadata":
            return 200, "application/xml;charset=utf-8", self.metadata
        if not path:
            names = [{"name": name, "url": name} for name in self.sets]
            return 200, JSON, json.dumps({"value": names}, ensure_ascii=False).encode()
        if key := _KEY.match(path):
            return 200, JSON, self.sets[key[1]].one(key[2])
        name, _, tail = path.partition("/")
        rows = self._shape(name, query.get("$select", ""))
        first, last = rows.span(query.get("$filter", ""))
        if tail == "$count":
            return 200, "text/plain;charset=utf-8", str(last - first).encode()
        return 200, JSON, _collection(rows, query, first, last)

    def _shape(self, name: str, select: str) -> Rows:
        if select in _VERSIONS:
            return self.versions[name]
        asked = {part.partition("/")[0] for part in select.split(",") if part}
        if unknown := asked - self.fields[name]:
            raise UnsupportedError(f"$select={','.join(sorted(unknown))}")
        return self.sets[name]


def _fields(rows: Rows) -> set[str]:
    return set(json.loads(rows.page(0, 1)))


def _collection(rows: Rows, query: dict[str, str], first: int, last: int) -> bytes:
    if query.get("$orderby", "") not in _ORDERS:
        raise UnsupportedError("$orderby")
    start = min(first + int(query.get("$skip", "0")), last)
    stop = min(start + int(query.get("$top", str(last))), last)
    count = f'"odata.count":"{last - first}",' if query.get("$inlinecount") == "allpages" else ""
    head = f'{{"odata.metadata":"{ROOT}$metadata",{count}"value":['
    return b"".join((head.encode(), rows.page(start, stop), b"]}"))


def odata_error(status: int, code: str, text: str) -> tuple[int, str, bytes]:
    """An error as 1C words it."""
    body = {"odata.error": {"code": code, "message": {"lang": "ru", "value": text}}}
    return status, JSON, json.dumps(body, ensure_ascii=False).encode()


class Connection(asyncio.Protocol):
    """One client's connection: bodyless requests, answered in turn, until the client leaves."""

    transport: asyncio.Transport

    def __init__(self, service: Service) -> None:
        self.service = service
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer through."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self.received += data
        while b"\r\n\r\n" in self.received:
            request, _, self.received = self.received.partition(b"\r\n\r\n")
            method, target, _ = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
            self._send(*self._answer(method, target))

    def _answer(self, method: str, target: str) -> tuple[int, str, bytes]:
        if method != "GET":
            return odata_error(405, "6", "Этот сервер только отвечает на чтение")
        return self.service.answer(target)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nDataServiceVersion: 3.0\r\n\r\n"
        )
        self.transport.writelines((head.encode(), body))


async def serve(service: Service) -> None:
    """Listen on a free local port, print the service's address, serve until stopped."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(service), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}{ROOT}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Render the base, then serve it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    asyncio.run(serve(Service(parser.parse_args().documents)))


if __name__ == "__main__":
    main()
