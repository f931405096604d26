"""The headers of a letter or of one of its parts, bounded however long they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from provodka.connectors.mail.understanding.words import header_text

__all__ = ["MOST_BYTES", "Headers", "parsed_headers"]

MOST_BYTES = 256 * 1024
MOST_HEADERS = 1000
LONGEST = 32 * 1024
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)", re.DOTALL)
LINE_END = re.compile(rb"\r?\n|\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Headers:
    """Names in lower case with their unfolded bytes, in their order."""

    fields: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    problems: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _value in self.fields)

    def raw(self, name: str) -> bytes:
        """The first header of this name as it stands, or nothing."""
        return next((value for key, value in self.fields if key == name), b"")

    def every(self, name: str) -> Iterator[bytes]:
        """All headers of this name."""
        return (value for key, value in self.fields if key == name)

    def text(self, name: str) -> str:
        """The first header of this name, decoded, in one line."""
        raw = self.raw(name)
        return header_text(raw)[0] if raw else ""


def parsed_headers(block: bytes) -> tuple[Headers, int]:
    """The headers at the start of `block`, and where the body starts if not at its end.

    A line that is no header and that no header follows is the body's first: the blank line
    was forgotten. The place is ``len(block)`` where all lines are headers.
    """
    fields: list[tuple[str, bytes]] = []
    problems: set[str] = set()
    lines = list(_lines(block))
    for number, (place, line) in enumerate(lines):
        if line[:1] in b" \t" and fields:
            name, value = fields[-1]
            if len(value) < LONGEST:
                fields[-1] = (name, value + b" " + line.strip())
            else:
                problems.add("long_header")
        elif found := FIELD.fullmatch(line):
            if len(fields) == MOST_HEADERS:
                problems.add("too_many_headers")
                break
            fields.append((found[1].decode("ascii").lower(), found[2][:LONGEST].rstrip()))
        elif not (place == 0 and line.startswith((b"From ", b">From "))):
            problems.add("bad_header")
            if not any(FIELD.fullmatch(after) for _at, after in lines[number + 1 : number + 3]):
                return Headers(tuple(fields), tuple(problems)), place
    return Headers(tuple(fields), tuple(sorted(problems))), len(block)


def _lines(block: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    for ending in LINE_END.finditer(block):
        yield place, block[place : ending.start()]
        place = ending.end()
    if place < len(block):
        yield place, block[place:]
