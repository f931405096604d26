"""Plain text as it was meant: one kind of line end, flowed lines joined (RFC 3676)."""

from __future__ import annotations

import re

__all__ = ["flowed", "tidy"]

LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028]|\u2029")
UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b\u2060\ufeff]")
EMPTY_LINES = re.compile(r"\n{4,}")
QUOTES = re.compile(r">+")


def tidy(text: str) -> str:
    """Text with line feeds alone, without what cannot be seen and blanks at line ends."""
    even = UNSEEN.sub("", LINE_ENDS.sub("\n", text))
    lines = (line.rstrip() for line in even.split("\n"))
    return EMPTY_LINES.sub("\n\n\n", "\n".join(lines)).strip("\n")


def flowed(text: str, *, delsp: bool) -> str:
    """Lines that were cut only to be sent are joined; quotes keep their depth.

    `delsp` says that the blank at a cut was added by the sender (``DelSp=yes``).
    """
    joined: list[list[str]] = []
    open_depth = -1
    for line in LINE_ENDS.sub("\n", text).split("\n"):
        marks = QUOTES.match(line)
        depth = marks.end() if marks else 0
        rest = line[depth:].removeprefix(" ")
        if depth == open_depth and rest != "-- ":
            if delsp:
                joined[-1][-1] = joined[-1][-1][:-1]
            joined[-1].append(rest)
        else:
            joined.append([(">" * depth + " " if depth else "") + rest])
        cut = rest.endswith(" ") and rest != "-- "
        open_depth = depth if cut else -1
    return "\n".join("".join(pieces) for pieces in joined)
