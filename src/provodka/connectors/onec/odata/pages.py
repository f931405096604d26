"""Reading a set in pages sized by bytes: one entry may be a kilobyte or five megabytes.

1C pages nothing by itself, and `$top=1000` may mean gigabytes. Each page asks
for as many rows as should fit the byte target, judged by the rows seen so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from provodka.connectors.http import AnswerTooLarge, HttpAnswer
from provodka.connectors.onec.odata.errors import Call, unreadable
from provodka.connectors.onec.odata.query import Query, default_order
from provodka.connectors.onec.odata.transport import Transport, json_of
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Page", "PageSize", "read_pages", "rows_of"]

MOST_ROWS = 5000
GROWTH = 8
Body = bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as 1C sent them (fractions are `Decimal`), the row they start at, bytes received.

    `body` is the answer itself, for those who hand the page on.
    """

    rows: list[dict[str, Any]]
    skip: int
    bytes: int
    body: Body = b""

    @property
    def next_skip(self) -> int:
        """Where the next page starts."""
        return self.skip + len(self.rows)


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
    transport: Transport, set_name: str, query: Query, *, first_rows: int = 100
) -> Iterator[Page]:
    """Every row that the query selects, page by page, in a stable order.

    `query.skip` is where to start. Without `query.order` the set's usual order
    is taken; a set that has none is a `ConfigurationError`.
    """
    ordered = replace(query, order=query.order or _order(set_name))
    size = PageSize(transport.settings.page_bytes, first_rows)
    skip = query.skip
    while True:
        asked = size.rows
        try:
            page = _page(transport, set_name, ordered.window(skip, asked))
        except AnswerTooLarge:
            if not size.halve():
                raise
            continue
        if page.rows:
            yield page
        if len(page.rows) < asked:
            return
        size.saw(len(page.rows), page.bytes)
        skip = page.next_skip


def rows_of(document: Any, call: Call) -> list[dict[str, Any]]:
    """The rows of a set's answer; another shape is an error of the base."""
    rows = document.get("value") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(type(row) is dict for row in rows):
        raise unreadable(call, _("в ответе нет списка «value»"))
    return rows


def _page(transport: Transport, set_name: str, query: Query) -> Page:
    call = Call(transport.where(set_name))

    def understand(answer: HttpAnswer) -> Page:
        rows = rows_of(json_of(answer, call), call)
        if query.top is not None and len(rows) > query.top:
            found = _("просили {asked} строк, пришло {came}").format(
                asked=query.top, came=len(rows)
            )
            raise unreadable(call, found)
        return Page(rows, query.skip, len(answer.body), answer.body)

    return transport.read(set_name, query.encode(transport.settings.timezone), understand)


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
