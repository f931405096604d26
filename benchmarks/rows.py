"""A published set held as one run of bytes: any page of it is a slice, nothing is rendered twice."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from benchmarks.company import INVOICES, Invoices, catalogs, invoice_date

_CONDITION = re.compile(r"^Date (ge|gt|le|lt) datetime'([0-9T:-]+)'$")


class UnsupportedError(ValueError):
    """The request asks for something that this server does not do."""


@dataclass(slots=True)
class Rows:
    """The objects of one set in their fixed order.

    `blob` is the objects' JSON with a comma after each, `starts` their offsets in it and one more
    for the end, `dates` the invoices' dates (rising) or nothing.
    """

    blob: bytes = b""
    starts: list[int] = field(default_factory=lambda: [0])
    dates: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def page(self, first: int, last: int) -> bytes:
        """Objects `first` … `last − 1`, comma-separated."""
        first, last = min(first, len(self)), min(last, len(self))
        return self.blob[self.starts[first] : self.starts[last] - 1] if last > first else b""

    def one(self, ref: str) -> bytes:
        """The object with that `Ref_Key`. Raises `KeyError`."""
        place = self.places[ref]
        return self.page(place, place + 1)

    def span(self, condition: str) -> tuple[int, int]:
        """The places that a `$filter` over `Date` selects, as a half-open range."""
        first, last = 0, len(self)
        for part in filter(None, condition.split(" and ")):
            match = _CONDITION.match(part.strip())
            if match is None or not self.dates:
                raise UnsupportedError(part)
            first, last = _narrow(self.dates, match[1], match[2], first, last)
        return first, max(first, last)


def _narrow(dates: list[str], sign: str, date: str, first: int, last: int) -> tuple[int, int]:
    place = (bisect_left if sign in {"ge", "lt"} else bisect_right)(dates, date)
    return (max(first, place), last) if sign in {"ge", "gt"} else (first, min(last, place))


def _rows(objects: Iterable[str], dates: list[str]) -> Rows:
    rows, parts, size = Rows(dates=dates), [], 0
    for place, text in enumerate(objects):
        part = text.encode() + b","
        parts.append(part)
        size += len(part)
        rows.starts.append(size)
        rows.places[text[12:48]] = place  # {"Ref_Key":"…36…"
    rows.blob = b"".join(parts)
    return rows


def _compact(item: Mapping[str, object]) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def company_rows(documents: int) -> dict[str, Rows]:
    """All sets of the base with that many invoices: set name → rows."""
    sets = {name: _rows(map(_compact, items), []) for name, items in catalogs().items()}
    dates = [invoice_date(index, documents) for index in range(documents)]
    invoices = Invoices(documents)
    sets[INVOICES] = _rows(map(invoices.render, range(documents)), dates)
    return sets
