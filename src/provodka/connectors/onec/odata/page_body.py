"""A page's own bytes for those who hand it on, when not all rows of the answer are the page's."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from provodka.connectors.onec.odata import wire_json

__all__ = ["LeftOut", "body_of"]

VALUE = re.compile(rb'^\s*\{\s*(?:"odata\.\w+"\s*:\s*"[^"\\]*"\s*,\s*)*"value"\s*:\s*\[\s*')
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)
COMMA = re.compile(rb"\s*,\s*")


class LeftOut(Enum):
    """Which rows of an answer are not the page's."""

    NONE = "none"
    FIRST = "first"
    SOME = "some"

    @classmethod
    def of(cls, came: list[dict[str, Any]], kept: list[dict[str, Any]]) -> LeftOut:
        """What is missing from the rows that came."""
        if len(kept) == len(came):
            return cls.NONE
        return cls.FIRST if len(kept) + 1 == len(came) and kept[0] is came[1] else cls.SOME


def body_of(answer: bytes, rows: list[dict[str, Any]], left_out: LeftOut) -> bytes:
    """JSON with these rows as its `value`.

    Usually it is the answer itself, or the answer without its first row: that is cut out of the
    bytes, because rendering four megabytes anew takes as long as reading them.
    """
    if left_out is LeftOut.NONE:
        return answer
    cut = _without_first(answer) if left_out is LeftOut.FIRST else None
    return wire_json.encode({"value": rows}) if cut is None else cut


def _without_first(answer: bytes) -> bytes | None:
    body = answer.removeprefix(wire_json.BOM)
    start = VALUE.match(body)
    if start is None:
        return None
    depth = 0
    for token in TOKEN.finditer(body, start.end()):
        depth += {b"{": 1, b"}": -1}.get(token.group(), 0)
        if depth == 0:
            comma = COMMA.match(body, token.end())
            rest = token.end() if comma is None else comma.end()
            return b'{"value":[' + body[rest:]
    return None
