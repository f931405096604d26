"""Objects cut out of the text of a body, without a parser.

1C writes bodies regularly: blanks, `<Kind>`, … `</Kind>`, and so on to the end. While a body
is like that, each object can be taken by the first end tag of its name. A cut that is wrong never
parses as one element: if the end tag stood in a comment or in an element of the same name,
something is left unclosed; if the real one was written otherwise (`</Kind >`), there are two.
And a body made of blanks and of objects that parse is well-formed. Where the text is not
regular, framing stops and leaves the rest to a parser of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from provodka.connectors.onec.enterprise_data.breakage import refused
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["Framed", "Frames"]

START = re.compile(r"[ \t\n]*<([^\s<>/!?&\"'=:]+)>")
LONGEST_TAG = 1024
Framed = tuple[str, str, int]


class Frames:
    """Cuts objects out of chunks of text; each is its kind, its text, and its line.

    `ending` closes a regular body; the iteration ends behind it, and `whole` is then true. It
    also ends where the text is not regular: `rest` is then all that remains from `line` on,
    the last object included if it was given back by `put_back`.
    """

    def __init__(self, chunks: Iterator[str], ending: str, line: int, most: int) -> None:
        self.whole = False
        self.line = line
        self._chunks = chunks
        self._ending = re.compile(r"[ \t\n]*".join(["", *map(re.escape, _tags(ending)), ""]))
        self._most = most
        self._text = ""
        self._from = 0

    def __iter__(self) -> Iterator[Framed]:
        while framed := self._next():
            yield framed

    def rest(self) -> Iterator[str]:
        """Everything from where framing stopped."""
        yield self._text[self._from :]
        yield from self._chunks

    def put_back(self, text: str, line: int) -> None:
        """Stop at this object, the last that was given, after all."""
        self._text = text + self._text[self._from :]
        self._from, self.line = 0, line

    def _next(self) -> Framed | None:
        start = self._start()
        if start is None:
            self.whole = self._ended()
            return None
        kind = start.group(1)
        end_tag = f"</{kind}>"
        end = self._end_of(end_tag, start.end())
        if end < 0:
            return None
        begin = self._text.index("<", self._from)
        line = self.line + self._text.count("\n", self._from, begin)
        text = self._text[begin:end]
        self.line = line + text.count("\n")
        self._from = end
        return kind, text, line

    def _start(self) -> re.Match[str] | None:
        while True:
            found = START.match(self._text, self._from)
            if found or len(self._text) - self._from > LONGEST_TAG or not self._more():
                return found

    def _end_of(self, end_tag: str, begin: int) -> int:
        """Where the object ends; the offsets count from the new start after each chunk."""
        begin -= self._from
        while True:
            end = self._text.find(end_tag, self._from + begin)
            if end - self._from > self._most:
                raise self._too_large()
            if end >= 0:
                return end + len(end_tag)
            begin = max(begin, len(self._text) - self._from - len(end_tag))
            if not self._more():
                return -1

    def _ended(self) -> bool:
        while self._more():
            if len(self._text) - self._from > LONGEST_TAG:
                return False
        return self._ending.fullmatch(self._text, self._from) is not None

    def _more(self) -> bool:
        """Take another chunk, or as many as double what is left: long objects stay linear."""
        left = self._text[self._from :]
        parts, size = [left], 0
        for chunk in self._chunks:
            parts.append(chunk)
            size += len(chunk)
            if size >= len(left):
                break
        self._text, self._from = "".join(parts), 0
        if len(left) > self._most:
            raise self._too_large()
        return size > 0

    def _too_large(self) -> Misunderstood:
        return refused(_("объект больше {most} знаков").format(most=self._most), self.line)


def _tags(ending: str) -> list[str]:
    return re.findall(r"<[^>]+>", ending)
