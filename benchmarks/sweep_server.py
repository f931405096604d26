"""A base of a million invoices that lists keys, versions and marks: `-m benchmarks.sweep_server`.

Every key follows from a number, so that the store can be filled with the same ones by SQL. The
base lacks the last numbers of the store (`drift.GONE`), has as many that the store has not, and
some of what both have differs in version or mark.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from datetime import datetime, timedelta
from hashlib import md5
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from benchmarks.company import INVOICES, version
from benchmarks.drift import EVERY, FIRST_DATE, GONE, MARKED, NEWER, WRITTEN_AGAIN
from benchmarks.server import JSON, ROOT, Service, odata_error, serve

_SINCE = re.compile(r"Date ge datetime'([0-9T:-]{19})'")
_REF = "Ref_Key eq guid'"


class Listing(Service):
    """Answers with slices of one run of equal records, in the order of their dates."""

    def __init__(self, documents: int) -> None:
        numbers = [*range(documents - GONE), *range(documents, documents + GONE)]
        records = [_record(place, number) for place, number in enumerate(numbers)]
        self.size, self.count = len(records[0]), len(records)
        self.blob = "".join(records).encode()

    def answer(self, target: str) -> tuple[int, str, bytes]:
        """The answer to `GET target`: a page of the listing, or none of the keys asked for."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        if unquote(parts.path).removeprefix(ROOT) != INVOICES:
            return odata_error(404, "8", "Сущность не найдена!")
        condition = query.get("$filter", "")
        if _REF in condition:
            return 200, JSON, b'{"value":[]}'
        since = _SINCE.search(condition)
        first = _place(since[1]) if since else 0
        start = min(first + int(query.get("$skip", "0")), self.count)
        stop = min(start + int(query["$top"]), self.count)
        body = self.blob[start * self.size : stop * self.size].removesuffix(b",")
        return 200, JSON, b'{"value":[' + body + b"]}"


def _place(date: str) -> int:
    return int((datetime.fromisoformat(date) - FIRST_DATE) / timedelta(minutes=1))


def _record(place: int, number: int) -> str:
    kind = number % EVERY
    row = {
        "Ref_Key": str(UUID(md5(f"invoice/{number}".encode(), usedforsecurity=False).hexdigest())),
        "DataVersion": version(number + (WRITTEN_AGAIN if kind == NEWER else 1)),
        "Date": (FIRST_DATE + timedelta(minutes=place)).isoformat(),
    }
    mark = "true " if kind == MARKED else "false"
    return f'{json.dumps(row)[:-1]}, "DeletionMark": {mark}}},'


def main() -> None:
    """Render the listing, then serve it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, required=True)
    asyncio.run(serve(Listing(parser.parse_args().documents)))


if __name__ == "__main__":
    main()
