"""The tree of a letter's parts, found by one pass over its bytes; nothing is decoded.

Bounds hold whatever a letter claims: parts, depth, lines that look like boundaries, bytes
of headers. What lies beyond a bound is left out and named in the problems.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from provodka.connectors.mail.understanding.headers import MOST_BYTES, Headers, parsed_headers
from provodka.connectors.mail.understanding.parameters import parameters
from provodka.connectors.mail.understanding.sources import Held, Source
from provodka.connectors.mail.understanding.transfer import known_encoding, undone

__all__ = ["Part", "parsed_structure"]

MOST_PARTS = 2000
DEEPEST = 30
MOST_LINES = 50_000
LONGEST_BOUNDARY = 200
MOST_ENCLOSED = 32 << 20
LONGEST_SEARCH = 64 << 20
BLANK = re.compile(rb"\r?\n\r?\n|\r\r")
MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})


@dataclass(slots=True)
class Part:
    """One part: its headers and the place of its body. A message within is its only child."""

    source: Source
    headers: Headers
    start: int
    end: int
    content_type: str = "text/plain"
    options: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    about: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    children: list[Part] = field(default_factory=list)

    @property
    def file_name(self) -> str:
        """The name as sent, or nothing."""
        return self.about.get("filename", "") or self.options.get("name", "")

    def content(self, most: int | None = None) -> bytes:
        """The decoded content, cut after about `most` bytes (one encoded byte is no less)."""
        if most is None:
            return b"".join(self.chunks())
        end = min(self.end, self.start + most * 3)
        pieces = self.source.pieces(self.start, end)
        return b"".join(undone(pieces, self.encoding))[:most]

    def chunks(self) -> Iterator[bytes]:
        """The decoded content in pieces."""
        return undone(self.source.pieces(self.start, self.end), self.encoding)

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in their order, messages within included."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


def parsed_structure(source: Source) -> tuple[Part, set[str]]:
    """The root part of a letter, and the problems met."""
    growing = _Growing(source)
    root = growing.part(0, source.size, 0, "text/plain")
    return root, growing.problems


class _Growing:
    """The tree while it grows: counts what the bounds are about."""

    def __init__(self, source: Source, counted: int = 0, unpacked: int = 0) -> None:
        self.source = source
        self.problems: set[str] = set()
        self.parts = counted
        self.unpacked = unpacked
        self._lines: list[tuple[int, bytes]] | None = None

    def part(self, start: int, end: int, depth: int, usual: str) -> Part:
        self.parts += 1
        headers, body = self._headers(start, end)
        part = Part(self.source, headers, min(body, end), end)
        self.problems.update(headers.problems)
        self._describe(part, usual)
        if part.content_type.startswith("multipart/"):
            self._multipart(part, depth)
        elif part.content_type in MESSAGES:
            self._enclosed(part, depth)
        return part

    def _describe(self, part: Part, usual: str) -> None:
        declared, part.options = parameters(part.headers.raw("content-type"))
        declared = declared.replace(" ", "")
        part.content_type = declared if MEDIA_TYPE.fullmatch(declared) else usual
        part.disposition, part.about = parameters(part.headers.raw("content-disposition"))
        raw = part.headers.raw("content-transfer-encoding").decode("ascii", "replace")
        part.encoding, problem = known_encoding(raw)
        if problem:
            self.problems.add(problem)

    def _headers(self, start: int, end: int) -> tuple[Headers, int]:
        block = self.source.read(start, min(end, start + MOST_BYTES))
        if block[:1] == b"\n" or block[:2] == b"\r\n":
            return Headers(), start + (1 if block[:1] == b"\n" else 2)
        if blank := BLANK.search(block):
            headers, place = parsed_headers(block[: blank.start()])
            whole = place == blank.start()
            return headers, start + (blank.end() if whole else place)
        headers, place = parsed_headers(block)
        if start + len(block) < end and place == len(block):
            self.problems.add("header_too_big")
            return headers, self._blank_after(start + len(block), end)
        return headers, start + place

    def _blank_after(self, start: int, end: int) -> int:
        before, place = b"", start
        for piece in self.source.pieces(start, min(end, start + LONGEST_SEARCH)):
            if blank := BLANK.search(before + piece):
                return place - len(before) + blank.end()
            place += len(piece)
            before = piece[-3:]
        return end

    def _multipart(self, part: Part, depth: int) -> None:
        boundary = part.options.get("boundary", "").encode("utf-8", "replace").rstrip()
        places = self._boundaries(boundary, part.start, part.end) if boundary else []
        if not places:
            self.problems.add("no_parts")
            part.content_type = "text/plain"
            return
        if depth >= DEEPEST:
            self.problems.add("too_deep")
            return
        usual = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        ends = [place for place, _start, _closes in places[1:]] + [part.end]
        for (_place, start, closes), stop in zip(places, ends, strict=True):
            if closes:
                return
            if self.parts >= MOST_PARTS:
                self.problems.add("too_many_parts")
                return
            child = self.part(start, max(start, self._without_newline(stop)), depth + 1, usual)
            part.children.append(child)

    def _without_newline(self, place: int) -> int:
        if place == self.source.size:
            return place
        tail = self.source.read(max(place - 2, 0), place)
        return place - (2 if tail == b"\r\n" else 1 if tail[-1:] in {b"\n", b"\r"} else 0)

    def _boundaries(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int, bool]]:
        """(where the line starts, where the part starts, whether it closes), in order."""
        if self._lines is None:
            self._lines = list(self._dashed_lines())
        found = []
        first = bisect_left(self._lines, (start, b""))
        for place, line in self._lines[first : bisect_left(self._lines, (end, b""))]:
            if not line.startswith(boundary):
                continue
            rest = line[len(boundary) :]
            if not rest.strip() or rest.startswith(b"--"):
                body = place + 2 + len(line)
                ending = self.source.read(body, body + 2)
                body += 2 if ending == b"\r\n" else 1
                found.append((place, body, rest.startswith(b"--")))
        return found

    def _dashed_lines(self) -> Iterator[tuple[int, bytes]]:
        before, place, count = b"\n", -1, 0
        for piece in self.source.pieces(0, self.source.size):
            block = before + piece
            last = place + len(block) >= self.source.size
            searched = len(block) if last else max(len(block) - LONGEST_BOUNDARY - 4, 0)
            at = block.find(b"\n--", 0, searched)
            while at >= 0:
                end = _line_end(block, at + 3)
                if end >= 0:
                    yield place + at + 1, block[at + 3 : end]
                count += 1
                if count == MOST_LINES:
                    self.problems.add("too_many_lines_with_dashes")
                    return
                at = block.find(b"\n--", at + 3 if end < 0 else end, searched)
            before, place = block[searched:], place + searched

    def _enclosed(self, part: Part, depth: int) -> None:
        if depth >= DEEPEST or self.parts >= MOST_PARTS:
            self.problems.add("too_deep" if depth >= DEEPEST else "too_many_parts")
            return
        if part.encoding in {"base64", "quoted-printable"}:
            if self.unpacked + part.end - part.start > MOST_ENCLOSED:
                self.problems.add("enclosed_too_big")
                return
            content = Held(part.content())
            within = _Growing(content, self.parts, self.unpacked + content.size)
            child = within.part(0, content.size, depth + 1, "text/plain")
            self.parts, self.unpacked = within.parts, within.unpacked
            self.problems |= within.problems
        else:
            child = self.part(part.start, part.end, depth + 1, "text/plain")
        part.children.append(child)


def _line_end(block: bytes, start: int) -> int:
    """Where a line short enough for a boundary ends; -1 for a longer one."""
    line = block[start : start + LONGEST_BOUNDARY]
    for ending in (b"\n", b"\r"):
        if (at := line.find(ending)) >= 0:
            line = line[:at]
    ended = len(line) < LONGEST_BOUNDARY
    return start + len(line) if ended else -1
