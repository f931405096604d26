"""Transfer encodings undone in pieces, so that a large file never stands in memory whole."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator

__all__ = ["known_encoding", "undone"]

BARE = frozenset({"", "7bit", "8bit", "binary"})
UU = frozenset({"uuencode", "x-uuencode", "x-uue", "uue"})
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
SOFT_TAIL = re.compile(rb"=[0-9A-Fa-f]?\r?\Z|=[ \t]+\r?\Z")
UU_LINE = 61
MOST_PADDED = 2000


def known_encoding(declared: str) -> tuple[str, str]:
    """The encoding meant by a Content-Transfer-Encoding, and a problem's slug if it is odd."""
    name = declared.partition(";")[0].strip().strip("\"'").lower()
    if name in BARE or name in UU or name in {"base64", "quoted-printable"}:
        return name, ""
    for meant in ("quoted-printable", "base64"):
        if name.replace(" ", "").replace("_", "-").startswith(meant):
            return meant, "odd_encoding"
    return "", "odd_encoding"


def undone(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The content behind a transfer encoding that `known_encoding` gave."""
    if encoding == "base64":
        return _base64(pieces)
    if encoding == "quoted-printable":
        return _quoted_printable(pieces)
    if encoding in UU:
        return _uuencoded(pieces)
    return iter(pieces)


def _base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        kept = rest + piece.translate(None, b"\r\n \t")
        whole = len(kept) - len(kept) % 4
        try:
            content = binascii.a2b_base64(kept[:whole], strict_mode=True)
            rest = kept[whole:]
        except binascii.Error:
            content, rest = _mended(kept)
        if content:
            yield content
    content, rest = _mended(rest)
    if content := content + _quads(rest):
        yield content


def _mended(kept: bytes) -> tuple[bytes, bytes]:
    """The content of base64 with strangers or padding in its midst, and what is left over."""
    # Padding in the middle: encoded pieces put one after another, a few of them.
    *ended, last = NOT_BASE64.sub(b"", kept).split(b"=", MOST_PADDED)
    last = last.replace(b"=", b"")
    whole = len(last) - len(last) % 4
    content = b"".join(map(_quads, ended)) + binascii.a2b_base64(last[:whole])
    return content, last[whole:]


def _quads(run: bytes) -> bytes:
    """A run of base64 whose padding is gone; one letter too many cannot mean anything."""
    run = run[:-1] if len(run) % 4 == 1 else run
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4)) if run else b""


def _quoted_printable(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        ready = rest + piece
        tail = SOFT_TAIL.search(ready, max(len(ready) - 80, 0))
        rest = ready[tail.start() :] if tail else b""
        ready = ready[: tail.start()] if tail else ready
        if ready:
            yield binascii.a2b_qp(ready)
    if rest:
        yield binascii.a2b_qp(rest)


def _uuencoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest, begun = b"", False
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        content: list[bytes] = []
        for line in lines:
            if not begun:
                begun = line.startswith(b"begin ")
            elif line.rstrip() == b"end":
                yield b"".join(content)
                return
            else:
                content.append(_uu_line(line.rstrip(b"\r")))
        yield b"".join(content)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line[: UU_LINE + 4])
    except binascii.Error:
        # Some encoders miscount the padding: the length byte says what the line holds.
        count = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        try:
            return binascii.a2b_uu(line[:count])
        except binascii.Error:
            return b""
