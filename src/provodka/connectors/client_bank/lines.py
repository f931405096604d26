"""Lines of a file, numbered, whatever ends them, and cut into key and value."""

from __future__ import annotations

import io
from collections.abc import Generator
from dataclasses import dataclass
from typing import BinaryIO

from provodka.connectors.client_bank.encodings import Judged
from provodka.connectors.client_bank.keys import canonical

__all__ = ["Line", "numbered_lines"]

LONGEST = 1 << 16
BLANKS = " \t\u00a0\ufeff"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `key` and `value` around the first ``=``; without one, `value` is None.

    Lines over 65,536 characters are cut, `cut` tells.
    """

    number: int
    text: str
    key: str
    value: str | None
    cut: bool = False


def numbered_lines(handle: BinaryIO, judged: Judged) -> Generator[Line, None, None]:
    """Every line that is not blank, counted from 1; bytes that mean nothing become U+FFFD."""
    wrapper = io.TextIOWrapper(handle, encoding=judged.encoding, errors="replace", newline=None)
    try:
        number = 0
        while whole := wrapper.readline(LONGEST):
            number += 1
            cut = _skip_rest(wrapper, whole)
            text = whole.rstrip("\n").replace("\0", "").strip(BLANKS)
            if text:
                yield _line(number, text, cut=cut)
    finally:
        if not handle.closed:
            wrapper.detach()


def _skip_rest(wrapper: io.TextIOWrapper, read: str) -> bool:
    """Read on to the end of a line that is longer than the limit; whether it was."""
    if len(read) < LONGEST or read.endswith("\n"):
        return False
    while rest := wrapper.readline(LONGEST):
        if rest.endswith("\n"):
            break
    return True


def _line(number: int, text: str, *, cut: bool) -> Line:
    name, equals, value = text.partition("=")
    key = canonical(name.strip(BLANKS))
    return Line(number, text, key, value.strip(BLANKS) if equals else None, cut)
