"""A base of a million invoices, of which some have changed: `-m benchmarks.catch_up_server`.

The first of them are those of `benchmarks.server`, whole. The others have a reference, a version
and a date, which is all that is ever asked of what has not changed. `POST /change?first=…&count=…`
changes invoices; those are registered for the one node of the exchange plan, whose changes
`SelectChanges` gives and `NotifyChangesReceived` forgets, and are listed under new versions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from bisect import bisect_left
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from benchmarks.company import INVOICES, SPAN_SECONDS, Invoices, guid, invoice_date, version
from benchmarks.rows import Rows
from benchmarks.server import JSON, ROOT, Connection, Service, odata_error

PLAN = "ExchangePlan_ДляODATA"
NODE = {"Ref_Key": guid(PLAN, 1), "Code": "CRM", "Description": "CRM", "DeletionMark": False}
LATER = 50_000_000
"""Added to the number from which a version is made, for the new version of a changed invoice."""
_ATOM = "application/atom+xml;type=feed;charset=utf-8"
_REFS = re.compile(r"Ref_Key eq guid'([0-9a-f-]{36})'")
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
)


class Feed(Service):
    """The base; `total` invoices, of which the first `documents` are whole."""

    def __init__(self, documents: int, total: int) -> None:
        super().__init__(documents)
        self.invoices = Invoices(documents)
        self.numbers = {guid(INVOICES, number): number for number in range(documents)}
        self.changed: dict[str, str] = {}
        self.waiting: list[str] = []
        self.received = 0
        self.listed = sorted((_date(number, documents, total), number) for number in range(total))
        self._list()

    def _list(self) -> None:
        """All versions by date, as one run of bytes of equal records."""
        records = [_record(date, number, self.changed) for date, number in self.listed]
        size = len(records[0])
        rows = Rows("".join(records).encode(), dates=[date for date, _number in self.listed])
        rows.starts = range(0, (len(records) + 1) * size, size)
        rows.constants = self.sets[INVOICES].constants
        self.versions[INVOICES] = rows

    def change(self, first: int, count: int) -> None:
        """Somebody edits so many invoices."""
        rows = self.versions[INVOICES]
        listed = bytearray(rows.blob)
        for number in range(first, first + count):
            ref = guid(INVOICES, number)
            self.changed[ref] = version(LATER + number)
            self.waiting.append(ref)
            date = _date(number, len(self.numbers), len(self.listed))
            place = bisect_left(self.listed, (date, number))
            start, end = rows.starts[place], rows.starts[place + 1]
            listed[start:end] = _record(date, number, self.changed).encode()
        rows.blob = bytes(listed)

    def post(self, target: str) -> tuple[int, str, bytes]:
        """The answer to `POST target`."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        action = unquote(parts.path).rpartition("/")[2]
        if action == "change":
            self.change(int(query["first"]), int(query["count"]))
        elif action == "NotifyChangesReceived":
            self.waiting, self.received = [], int(query["MessageNo"])
        elif action == "SelectChanges":
            entries = (_entry(self._invoice(ref)) for ref in self.waiting)
            return 200, _ATOM, f"{_HEAD}{''.join(entries)}</feed>".encode()
        else:
            return odata_error(404, "8", "Сущность не найдена!")
        return 200, JSON, b""

    def _resource(self, path: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        if path.startswith(PLAN):
            node = NODE | {"SentNo": str(self.received), "ReceivedNo": str(self.received)}
            found = node if "(" in path else {"value": [node]}
            return 200, JSON, json.dumps(found, ensure_ascii=False).encode()
        if path == INVOICES and (refs := _REFS.findall(query.get("$filter", ""))):
            rows = [self._invoice(ref) for ref in refs if ref in self.numbers]
            return 200, JSON, json.dumps({"value": rows}, ensure_ascii=False).encode()
        return super()._resource(path, query)

    def _invoice(self, ref: str) -> dict[str, object]:
        row: dict[str, object] = json.loads(self.invoices.render(self.numbers[ref]))
        if ref in self.changed:
            row |= {"DataVersion": self.changed[ref], "Комментарий": "Бухгалтер исправил"}
        return row


def _date(number: int, documents: int, total: int) -> str:
    if number < documents:
        return invoice_date(number, documents)
    return invoice_date((number - documents) * SPAN_SECONDS // (total - documents), SPAN_SECONDS)


def _record(date: str, number: int, changed: dict[str, str]) -> str:
    ref = guid(INVOICES, number)
    known = changed.get(ref) or version(number + 1)
    return f'{{"Ref_Key":"{ref}","DataVersion":"{known}","Date":"{date}"}},'


def _entry(row: dict[str, object]) -> str:
    return (
        f"<entry><id>http://base/{INVOICES}(guid'{row['Ref_Key']}')</id>"
        f'<category term="StandardODATA.{INVOICES}"/><content type="application/xml">'
        f"<m:properties>{_fields(row.items())}</m:properties></content></entry>"
    )


def _fields(items: Iterable[tuple[str, object]]) -> str:
    return "".join(f"<d:{name}>{_value(value)}</d:{name}>" for name, value in items)


def _value(value: object) -> str:
    if isinstance(value, list):
        return "".join(f"<d:element>{_fields(line.items())}</d:element>" for line in value)
    return str(value).lower() if isinstance(value, bool) else escape(str(value))


class Talk(Connection):
    """A client's connection that may also post."""

    def _answer(self, method: str, target: str) -> tuple[int, str, bytes]:
        if method == "POST" and isinstance(self.service, Feed):
            return self.service.post(target)
        return super()._answer(method, target)


async def serve(service: Feed) -> None:
    """Listen on a free local port, print the service's address, serve until stopped."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Talk(service), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{ROOT}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Render the base, then serve it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, required=True)
    parser.add_argument("--total", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(serve(Feed(options.documents, options.total)))


if __name__ == "__main__":
    main()
