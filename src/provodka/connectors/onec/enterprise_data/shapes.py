"""Objects read by their shape: markup seen and checked before is not parsed again.

Documents of one kind are alike: the markup of one, stripped of its values, comes again in the
next. Such a *shape* is learned from an object that the parser and the schema have passed;
another text of exactly this markup is then as well-formed and as complete, and only its
values remain to be checked and put in their places. That takes a third of the time.

Rows are shapes of their own, so that orders of any number of rows share one. Attributes,
comments, numbers of characters and all that is rare are left to the parser. A shape
belongs to one message, since prefixes and namespaces do.
"""

from __future__ import annotations

import re
from typing import Any

from provodka.connectors.onec.enterprise_data.facets import BLANK, Unfit
from provodka.connectors.onec.enterprise_data.plans import (
    ROW,
    ROW_RUN,
    NotRegular,
    Plan,
    plan_of,
)
from provodka.connectors.onec.enterprise_data.schema import Schema

__all__ = ["Shapes"]

MOST = 1024
TRIAL = 200
ROW_TAG, ROW_END, RUN_TAG = f"<{ROW}>", f"</{ROW}>", f"<{ROW_RUN}/>"
# Texts that stand before an end tag: values of simple elements, and blanks.
SPLIT = re.compile(r">([^<]+)</").split
REFERENCES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
REFERENCE = re.compile("&[a-z]*;?")
Rows = list[list[str]]


class Shapes:
    """The shapes of one message, learned while it is read."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._plans: dict[tuple[str, ...], Plan | None] = {}
        self._tried = self._known = 0

    @property
    def of_use(self) -> bool:
        """Whether most objects have been of a known shape; in the beginning, until it shows."""
        return self._tried < TRIAL or self._known * 2 > self._tried

    def read(self, kind: str, text: str) -> dict[str, Any] | None:
        """The value of an object with this text, from `<Kind>` to `</Kind>`.

        None if its shape is not known, or if anything in it needs a parser to judge.
        """
        if not self.of_use or "]]>" in text:
            return None
        self._tried += 1
        try:
            outline, rows = _cut(kind, text)
            value = self._read(kind, outline, rows)
        except (NotRegular, Unfit):
            return None
        self._known += 1
        return value

    def learn(self, kind: str, text: str) -> None:
        """Learn the shape of an object that the parser and the schema have passed."""
        if not self.of_use or len(self._plans) >= MOST:
            return
        try:
            outline, runs = _cut(kind, text)
            plan = self._learned(kind, outline)
            for row_kind, rows in zip(plan.runs, runs, strict=True) if plan else ():
                for row in rows:
                    self._learned(row_kind, row)
        except NotRegular:
            return

    def _read(self, kind: str, content: str, rows: Rows) -> dict[str, Any]:
        parts = SPLIT(content)
        plan = self._plans.get((kind, *parts[::2]))
        if plan is None:
            raise NotRegular
        values = parts[1::2]
        if "&" in content:
            values = [REFERENCE.sub(_meant, one) if "&" in one else one for one in values]
        return plan.read(values, rows)

    def _read_row(self, kind: str, content: str) -> dict[str, Any]:
        return self._read(kind, content, [])

    def _learned(self, kind: str, content: str) -> Plan | None:
        markup = SPLIT(content)[::2]
        shape = (kind, *markup)
        if shape not in self._plans:
            try:
                self._plans[shape] = plan_of(self._schema, kind, markup, self._read_row)
            except NotRegular:
                self._plans[shape] = None
        return self._plans[shape]


def _meant(reference: re.Match[str]) -> str:
    try:
        return REFERENCES[reference.group()]
    except KeyError:
        raise NotRegular from None


def _cut(kind: str, text: str) -> tuple[str, Rows]:
    """The content of an object with a mark for each run of rows, and the rows of each run."""
    first, *pieces = text[len(kind) + 2 : -len(kind) - 3].split(ROW_TAG)
    outline, runs, rows = [first], [], []
    for piece in pieces:
        row, closed, after = piece.partition(ROW_END)
        if not closed:
            raise NotRegular
        rows.append(row)
        if after.strip(BLANK):
            outline.append(after)
            runs.append(rows)
            rows = []
    if rows:
        raise NotRegular
    return RUN_TAG.join(outline), runs
