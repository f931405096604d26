"""A published set held as one run of bytes: any page is a slice, nothing is rendered twice."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from benchmarks.company import INVOICES, Invoices, catalogs, invoice_date

_HEAD = re.compile(r'\{"Ref_Key":"[0-9a-f-]{36}","DataVersion":"[^"]+"')
_SPAN = re.compile(r"^\(?Date (ge|gt|le|lt) datetime'([0-9T:-]+)'\)?$")
_EQUAL = re.compile(r"^\(?(\w+) eq (true|false|'[^']*')\)?$")


class UnsupportedError(ValueError):
    """The request asks for something that this server does not do."""


@dataclass(slots=True)
class Rows:
    """The objects of one set in their fixed order.

    `blob` is the objects' JSON with a comma after each, `starts` their offsets in it and one more
    for the end, `dates` the invoices' dates (rising) or nothing, `constants` the fields that are
    the same in all of them.
    """

    blob: bytes = b""
    starts: Sequence[int] = field(default_factory=lambda: [0])
    dates: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    constants: dict[str, object] = field(default_factory=dict)

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
        """The places that a `$filter` selects, as a half-open range.

        It may compare `Date`, and fields that are the same in all objects.
        """
        first, last = 0, len(self)
        for part in filter(None, condition.split(" and ")):
            if (match := _SPAN.match(part)) and self.dates:
                first, last = _narrow(self.dates, match[1], match[2], first, last)
            elif (match := _EQUAL.match(part)) and match[1] in self.constants:
                last = last if self.constants[match[1]] == _value(match[2]) else first
            else:
                raise UnsupportedError(part)
        return first, max(first, last)


def _value(literal: str) -> object:
    return literal[1:-1] if literal.startswith("'") else literal == "true"


def _narrow(dates: list[str], sign: str, date: str, first: int, last: int) -> tuple[int, int]:
    place = (bisect_left if sign in {"ge", "lt"} else bisect_right)(dates, date)
    return (max(first, place), last) if sign in {"ge", "gt"} else (first, min(last, place))


def rows_of(objects: Iterable[str], dates: list[str]) -> Rows:
    """Rows from the objects' JSON, each of which begins with its `Ref_Key`."""
    rows, parts, starts = Rows(dates=dates), [], [0]
    for place, text in enumerate(objects):
        part = text.encode() + b","
        parts.append(part)
        starts.append(starts[-1] + len(part))
        rows.places[text[12:48]] = place
    rows.starts = starts
    rows.blob = b"".join(parts)
    rows.constants = _constants(rows)
    return rows


def _constants(rows: Rows) -> dict[str, object]:
    found: dict[str, object] = json.loads(rows.page(0, 1))
    for place in range(len(rows)):
        item = json.loads(rows.page(place, place + 1))
        found = {name: value for name, value in found.items() if item[name] == value}
    return found


def _versions(rows: Rows) -> Rows:
    """The same objects, each as its `Ref_Key` and `DataVersion` alone, an invoice with its date."""
    heads = (rows.blob[start : start + 80].decode(errors="ignore") for start in rows.starts[:-1])
    short = (_HEAD.match(head) for head in heads)
    dates = (f',"Date":"{date}"' for date in rows.dates) if rows.dates else repeat("")
    texts = (f"{match[0]}{date}}}" for match, date in zip(short, dates, strict=False) if match)
    versions = rows_of(texts, rows.dates)
    versions.constants = rows.constants
    return versions


def _compact(item: Mapping[str, object]) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def company_rows(documents: int) -> dict[str, Rows]:
    """All sets of the base with that many invoices: set name → rows."""
    sets = {name: rows_of(map(_compact, items), []) for name, items in catalogs().items()}
    dates = [invoice_date(index, documents) for index in range(documents)]
    invoices = Invoices(documents)
    sets[INVOICES] = rows_of(map(invoices.render, range(documents)), dates)
    return sets


def company_versions(sets: Mapping[str, Rows]) -> dict[str, Rows]:
    """What `$select=Ref_Key,DataVersion` gives of every set, and with `Date` of the invoices."""
    return {name: _versions(rows) for name, rows in sets.items()}
