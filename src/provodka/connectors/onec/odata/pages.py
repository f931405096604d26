"""Reading a set in pages sized by bytes: one entry may be a kilobyte or five megabytes.

1C pages nothing by itself, and `$top=1000` may mean gigabytes. Each page asks
for as many rows as should fit the byte target, judged by the rows seen so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from provodka.connectors.http import AnswerTooLarge, HttpAnswer
from provodka.connectors.onec.odata.alike_rows import read_rows
from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.errors import Call, unreadable
from provodka.connectors.onec.odata.place import Place
from provodka.connectors.onec.odata.query import Query, default_order
from provodka.connectors.onec.odata.row_keys import NAMES, RowKeys
from provodka.connectors.onec.odata.splitting import divide
from provodka.connectors.onec.odata.transport import Transport, json_of, not_json
from provodka.connectors.onec.odata.wire_json import Entry, NotJson, body_of, entries, narrowed
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Page", "PageSize", "RawPage", "read_pages", "read_raw_pages", "rows_of"]

MOST_ROWS = 5000
FIRST = 100
GROWTH = 8
PIECE = 200
FEW = 50
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as 1C sent them (fractions are `Decimal`), the row they start at, bytes received.

    `anchor` is the `Ref_Key` of the last row, where it was asked for: a read that goes on from
    `next_skip` later names it as `Query.after`, because rows may have moved by then.
    """

    rows: list[Row]
    skip: int
    bytes: int
    anchor: str = ""

    @property
    def next_skip(self) -> int:
        """Where the next page starts."""
        return self.skip + len(self.rows)


@dataclass(frozen=True, slots=True)
class RawPage:
    """The same page before it has been understood, for those who do that piece by piece."""

    entries: list[Entry]
    skip: int
    anchor: str = ""

    @property
    def next_skip(self) -> int:
        """Where the next page starts."""
        return self.skip + len(self.entries)

    @property
    def body(self) -> bytes:
        """JSON with these rows as its `value`."""
        return body_of(self.entries)

    def pieces(self, rows: int) -> Iterator[list[Row]]:
        """The rows, so many at a time; a row of senseless JSON raises `NotJson`."""
        return map(read_rows, _pieces(self.entries, rows))


class PageSize:
    """How many rows to ask for next, so that a page comes near `target` bytes."""

    def __init__(self, target: int, first: int = FIRST) -> None:
        self._target = target
        self.rows = first

    def saw(self, rows: int, received: int) -> None:
        """Learn from a page; growth is bounded, shrinking is not."""
        if rows:
            fitting = int(self._target * rows / max(received, 1))
            self.rows = max(1, min(fitting, self.rows * GROWTH, MOST_ROWS))

    def halve(self) -> bool:
        """Ask for half as many; False when a single row is too large already."""
        if self.rows == 1:
            return False
        self.rows = max(1, self.rows // 2)
        return True


def read_pages(
    transport: Transport,
    set_name: str,
    query: Query,
    *,
    first_rows: int = FIRST,
    at_once: bool = False,
) -> Iterator[Page]:
    """Every row that the query selects once, page by page, in a stable order.

    `query.skip` is where to start, `query.after` the row before it. Without `query.order` the
    set's usual order is taken; a set that has none is a `ConfigurationError`. What others add or
    delete meanwhile neither repeats nor loses a row (see `place`). A filter over the URL budget is
    read in several goes, which have no common `skip` to start at. Reading rests between pages, so
    as to leave the base to its people, unless it is `at_once` or for a few rows (`query.top`).
    """
    heavy = not at_once and (query.top is None or query.top > FEW)
    pages = _Pages(transport, set_name, _understood, first_rows, heavy)
    for rows, skip, size, anchor in pages.read(query):
        yield Page(rows, skip, size, anchor)


def read_raw_pages(transport: Transport, set_name: str, query: Query) -> Iterator[RawPage]:
    """The same pages, not understood any further than it takes to tell their rows apart.

    Damage within a row is found by who reads it.
    """
    for rows, skip, _size, anchor in _Pages(transport, set_name, _raw, FIRST, True).read(query):
        yield RawPage(rows, skip, anchor)


class _Answer(NamedTuple):
    """The rows of an answer, and of each at least what tells it apart."""

    rows: list[Any]
    known: list[Row]
    bytes: int


def _pieces(unread: list[Entry], rows: int) -> Iterator[list[Entry]]:
    return (unread[start : start + rows] for start in range(0, len(unread), rows))


Told = tuple[list[Any], int, int, str]
Understand = Callable[[HttpAnswer, Call, Query], _Answer]


def _understood(answer: HttpAnswer, call: Call, _query: Query) -> _Answer:
    try:
        unread = entries(answer.body)
        rows = [row for piece in _pieces(unread, PIECE) for row in read_rows(piece)]
    except NotJson:
        # Slower, and tells what is wrong.
        rows = rows_of(json_of(answer, call), call)
    return _Answer(rows, rows, len(answer.body))


def _raw(answer: HttpAnswer, call: Call, query: Query) -> _Answer:
    try:
        found = entries(answer.body)
        known = narrowed(answer.body, found, (*NAMES, *query.order))
    except NotJson as error:
        raise unreadable(call, not_json(error)) from error
    return _Answer(found, known, len(answer.body))


@dataclass(frozen=True, slots=True)
class _Pages:
    """One way of reading a set."""

    transport: Transport
    set_name: str
    understand: Understand
    first_rows: int
    heavy: bool

    def read(self, query: Query) -> Iterator[Told]:
        """The rows of each page, where it starts, its bytes, the reference of its last row."""
        zone = self.transport.settings.timezone
        division = divide(replace(query, order=query.order or _order(self.set_name)), zone)
        if len(division.queries) == 1:
            for answer, new, skip, anchor in self._read(division.queries[0]):
                yield _only(answer.rows, new), skip, answer.bytes, anchor
            return
        if query.skip or query.top is not None:
            query.encode(zone)
        given, seen = 0, _Seen()
        for part in division.queries:
            for answer, new, _skip, _anchor in self._read(part):
                fresh = new if division.disjoint else seen.unseen(answer.known, new)
                if fresh:
                    yield _only(answer.rows, fresh), given, answer.bytes, ""
                    given += len(fresh)

    def _read(self, query: Query) -> Iterator[tuple[_Answer, Sequence[int], int, str]]:
        size = PageSize(self.transport.settings.page_bytes, self.first_rows)
        place = Place(query.order, query.skip, query.after)
        given = 0
        while query.top is None or given < query.top:
            wanted = size.rows if query.top is None else min(size.rows, query.top - given)
            skip, asked = place.ask(wanted)
            try:
                answer = self._ask(_from(query, place.floor).window(skip, asked))
            except AnswerTooLarge:
                if not size.halve():
                    raise
                continue
            new = place.accept(answer.known)
            if new is None:
                continue
            if new:
                yield answer, new, query.skip + given, place.anchor
                given += len(new)
            if len(answer.known) < asked:
                return
            size.saw(len(answer.known), answer.bytes)

    def _ask(self, query: Query) -> _Answer:
        call = Call(self.transport.where(self.set_name))

        def understand(answer: HttpAnswer) -> _Answer:
            found = self.understand(answer, call, query)
            if query.top is not None and len(found.rows) > query.top:
                said = _("просили {asked} строк, пришло {came}").format(
                    asked=query.top, came=len(found.rows)
                )
                raise unreadable(call, said)
            return found

        asked = query.encode(self.transport.settings.timezone)
        return self.transport.read(self.set_name, asked, understand, heavy=self.heavy)


def _only(rows: list[Any], places: Sequence[int]) -> list[Any]:
    return rows if len(places) == len(rows) else [rows[place] for place in places]


class _Seen:
    """Keys of the rows that the parts of a query have given already."""

    def __init__(self) -> None:
        self._row_keys = RowKeys(())
        self._known: set[object] = set()

    def unseen(self, rows: list[Row], places: Sequence[int]) -> list[int]:
        """Which of the rows at these places have not been given."""
        keys = self._row_keys.of(_only(rows, places))
        if keys is None:
            raise ConfigurationError(
                _("Запрос к 1С"),
                found=_("отбор читается частями, а строки нечем различить"),
                expected=_("Ref_Key среди полей"),
                next_step=_("добавьте Ref_Key в список полей"),
                code="no_key",
            )
        found = zip(places, keys, strict=True)
        fresh = [place for place, key in found if key not in self._known]
        self._known.update(keys)
        return fresh


def _from(query: Query, floor: str) -> Query:
    if not floor:
        return query
    later = _Since(floor)
    return replace(query, filter=later if query.filter is None else query.filter & later)


class _Since(Filter):
    """From a date on that the base itself has written: no clock comes into it."""

    def __init__(self, date: str) -> None:
        self._date = date

    def render(self, zone: ZoneInfo) -> str:
        del zone
        return f"Date ge datetime'{self._date}'"


def rows_of(document: Any, call: Call) -> list[dict[str, Any]]:
    """The rows of a set's answer; another shape is an error of the base."""
    rows = document.get("value") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(type(row) is dict for row in rows):
        raise unreadable(call, _("в ответе нет списка «value»"))
    return rows


def _order(set_name: str) -> tuple[str, ...]:
    order = default_order(set_name)
    if not order:
        raise ConfigurationError(
            _("Чтение {set_name}").format(set_name=set_name),
            found=_("не задан порядок строк"),
            expected=_("поля, по которым порядок однозначен"),
            next_step=_("назовите поля порядка, например Period и LineNumber"),
            code="no_order",
        )
    return order
