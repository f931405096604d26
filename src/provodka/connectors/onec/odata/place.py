"""Where a read of a set stands, and what of an answer is new: pure, asks nobody.

`$skip` counts rows, so a document entered meanwhile with an earlier date moves everything after
it one row on, and a deleted one moves it one row back: the next page would repeat a row or lose
one. So each page begins with the last row of the page before it. Where that row is found, nothing
has moved. Where it is not, the read goes back until it meets a row that it has given already, and
from then on gives only rows that it has not.

Documents are read by date and number. There the read also asks for `Date ge` the last date seen
and counts `$skip` from that date on: what happens to earlier documents then moves nothing, and the
base does not count through a million rows for each page.

What this does not see is a document whose date is moved behind the read before the read has come
to it; its new version is found by the next comparison of versions.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import Any

from provodka.connectors.onec.odata.row_keys import RowKeys

__all__ = ["Place"]

Row = dict[str, Any]
LENGTH = 19
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class Place:
    """The state of one read in the given order, from row `skip` on.

    `after` is the key of the row before that, when an earlier read came so far: then it is looked
    for, and if it is gone, the read starts from the beginning rather than lose a row. `floor` is
    the date to ask from (empty: none), from which `skip` is then counted. Keys that were given are
    kept as hashes, 8 bytes each.
    """

    def __init__(self, order: tuple[str, ...], skip: int = 0, after: str = "") -> None:
        self.skip = skip
        self.floor = ""
        self._row_keys = RowKeys(order)
        self._by_date = order[:1] == ("Date",)
        self._anchor: object = after or None
        self._resumed = bool(after)
        self._given = array("q", [hash(after)] if after else [])
        self._known: set[int] | None = None
        self._start = skip
        self._asked = 0
        self._back = False

    @property
    def anchor(self) -> str:
        """The reference of the last row given, to resume after; empty where there is none."""
        return self._anchor if isinstance(self._anchor, str) else ""

    def ask(self, rows: int) -> tuple[int, int]:
        """The `$skip` and `$top` of the next request, to read that many new rows."""
        overlap = int(self._anchor is not None and self.skip > 0 and not self._back)
        self._start, self._asked = self.skip - overlap, rows + overlap
        return self._start, self._asked

    def accept(self, rows: list[Row]) -> Sequence[int] | None:
        """Which rows are new; None if others moved meanwhile and it must be asked again.

        Of a row, what tells it apart is enough, and its `Date` where documents are read.
        """
        keys = self._row_keys.of(rows)
        if keys is None:
            told = range(self.skip - self._start, len(rows))
            self._anchor, self.skip = None, self._start + len(rows)
            return told
        fresh = self._fresh(keys)
        if fresh is None:
            self.skip, self._back = max(0, self._start - self._asked), True
            return None
        self._back = self._resumed = False
        self._remember(keys, fresh)
        self.skip = self._start + len(rows)
        if self._by_date and rows:
            self._raise_floor(rows)
        return fresh

    def _fresh(self, keys: list[object]) -> Sequence[int] | None:
        """Places of the rows not given before; None if rows may be missed before the first."""
        everything = range(len(keys))
        if self._anchor is None:
            return everything
        if self._resumed:
            if self._anchor in keys:
                return everything[keys.index(self._anchor) + 1 :]
            return None if self._start else everything
        if self._known is None:
            if keys and keys[0] == self._anchor and not self._back:
                return everything[1:]
            self._known = set(self._given)
        known = self._known
        if self._start and not (keys and hash(keys[0]) in known):
            return None
        return [place for place in everything if hash(keys[place]) not in known]

    def _remember(self, keys: list[object], fresh: Sequence[int]) -> None:
        if keys:
            self._anchor = keys[-1]
        hashes = (hash(keys[place]) for place in fresh)
        if self._known is None:
            self._given.extend(hashes)
        else:
            self._known.update(hashes)

    def _raise_floor(self, rows: list[Row]) -> None:
        """Count from the last date on, where the page shows how many of its rows came already."""
        first, last = rows[0].get("Date"), rows[-1].get("Date")
        if first == last:
            return
        dates = [row.get("Date") for row in rows]
        texts = [date for date in dates if type(date) is str and len(date) == LENGTH]
        in_order = len(texts) == len(dates) and texts == sorted(texts)
        if in_order and DATE.fullmatch(texts[-1]):
            self.floor, self.skip = texts[-1], texts.count(texts[-1])
        else:
            self._by_date = False
