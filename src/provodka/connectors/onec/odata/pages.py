"""Reading a set in pages sized by bytes: one entry may be a kilobyte or five megabytes.

1C pages nothing by itself, and `$top=1000` may mean gigabytes. Each page asks
for as many rows as should fit the byte target, judged by the rows seen so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from provodka.connectors.http import AnswerTooLarge, HttpAnswer
from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.errors import Call, unreadable
from provodka.connectors.onec.odata.page_body import LeftOut, body_of
from provodka.connectors.onec.odata.place import Place
from provodka.connectors.onec.odata.query import Query, default_order
from provodka.connectors.onec.odata.row_keys import RowKeys
from provodka.connectors.onec.odata.splitting import divide
from provodka.connectors.onec.odata.transport import Transport, json_of
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Page", "PageSize", "read_pages", "rows_of"]

MOST_ROWS = 5000
GROWTH = 8
FEW = 50
Body = bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as 1C sent them (fractions are `Decimal`), the row they start at, bytes received.

    `anchor` is the `Ref_Key` of the last row, where it was asked for: a read that goes on from
    `next_skip` later names it as `Query.after`, because rows may have moved by then. `answer` is
    what the base sent, `left_out` how many of its rows had been given before.
    """

    rows: list[dict[str, Any]]
    skip: int
    bytes: int
    answer: Body = b""
    anchor: str = ""
    left_out: LeftOut = LeftOut.NONE

    @property
    def next_skip(self) -> int:
        """Where the next page starts."""
        return self.skip + len(self.rows)

    @property
    def body(self) -> Body:
        """JSON with just these rows as its `value`, for those who hand the page on."""
        return body_of(self.answer, self.rows, self.left_out)


class PageSize:
    """How many rows to ask for next, so that a page comes near `target` bytes."""

    def __init__(self, target: int, first: int = 100) -> None:
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
    first_rows: int = 100,
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
    zone = transport.settings.timezone
    division = divide(replace(query, order=query.order or _order(set_name)), zone)
    if len(division.queries) == 1:
        yield from _read(transport, set_name, division.queries[0], first_rows, heavy)
        return
    if query.skip or query.top is not None:
        query.encode(zone)
    given, seen = 0, RowKeys(())
    known: set[object] = set()
    for part in division.queries:
        for page in _read(transport, set_name, part, first_rows, heavy):
            rows = page.rows if division.disjoint else _unseen(page.rows, seen, known)
            if rows:
                yield _told(page, rows, given, "")
                given += len(rows)


def _unseen(
    rows: list[dict[str, Any]], row_keys: RowKeys, known: set[object]
) -> list[dict[str, Any]]:
    keys = row_keys.of(rows)
    if keys is None:
        raise ConfigurationError(
            _("Запрос к 1С"),
            found=_("отбор читается частями, а строки нечем различить"),
            expected=_("Ref_Key среди полей"),
            next_step=_("добавьте Ref_Key в список полей"),
            code="no_key",
        )
    fresh = [row for row, key in zip(rows, keys, strict=True) if key not in known]
    known.update(keys)
    return fresh


def _read(
    transport: Transport, set_name: str, query: Query, first_rows: int, heavy: bool
) -> Iterator[Page]:
    size = PageSize(transport.settings.page_bytes, first_rows)
    place = Place(query.order, query.skip, query.after)
    given = 0
    while query.top is None or given < query.top:
        wanted = size.rows if query.top is None else min(size.rows, query.top - given)
        skip, asked = place.ask(wanted)
        try:
            window = _from(query, place.floor).window(skip, asked)
            page = _page(transport, set_name, window, heavy)
        except AnswerTooLarge:
            if not size.halve():
                raise
            continue
        rows = place.accept(page.rows)
        if rows is None:
            continue
        if rows:
            yield _told(page, rows, query.skip + given, place.anchor)
            given += len(rows)
        if len(page.rows) < asked:
            return
        size.saw(len(page.rows), page.bytes)


def _told(page: Page, rows: list[dict[str, Any]], skip: int, anchor: str) -> Page:
    """The page without the rows that were given before."""
    left_out = LeftOut.of(page.rows, rows)
    return Page(rows, skip, page.bytes, page.answer, anchor, left_out)


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


def _page(transport: Transport, set_name: str, query: Query, heavy: bool) -> Page:
    call = Call(transport.where(set_name))

    def understand(answer: HttpAnswer) -> Page:
        rows = rows_of(json_of(answer, call), call)
        if query.top is not None and len(rows) > query.top:
            found = _("просили {asked} строк, пришло {came}").format(
                asked=query.top, came=len(rows)
            )
            raise unreadable(call, found)
        return Page(rows, query.skip, len(answer.body), answer.body)

    asked = query.encode(transport.settings.timezone)
    return transport.read(set_name, asked, understand, heavy=heavy)


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
