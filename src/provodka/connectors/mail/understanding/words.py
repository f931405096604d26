"""Encoded words in headers (RFC 2047), as they are really sent."""

from __future__ import annotations

import binascii
import re

from provodka.connectors.mail.understanding.charsets import decoded_text

__all__ = ["header_text", "undone_words"]

OPENING = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")
SPACES = re.compile(r"[\s\x00-\x1f\x7f]+")


def header_text(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """A header's value in one line, its words decoded, and the problems met on the way.

    Bytes beyond ASCII, which no header should hold, are read as the letter's bodies are.
    """
    shown, problem = decoded_text(raw)
    problems = {problem.replace("charset", "header_charset")} if problem else set()
    if problem == "charset_guessed" and _is_utf8(raw):
        problems = set()  # RFC 6532 lets UTF-8 stand in a header as it is
    if "=?" in shown:
        shown, more = undone_words(shown)
        problems |= more
    return SPACES.sub(" ", shown).strip(), tuple(sorted(problems))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def undone_words(shown: str) -> tuple[str, set[str]]:
    """The text with its encoded words read, and the problems met on the way."""
    texts: list[str] = []
    problems: set[str] = set()
    waiting, charset, place = b"", "", 0

    def settle() -> None:
        nonlocal waiting
        if waiting:
            text, problem = decoded_text(waiting, charset)
            texts.append(text)
            problems.update([problem.replace("charset", "header_charset")] if problem else [])
        waiting = b""

    for word_at, word_end, named, content in _encoded_words(shown):
        between = shown[place:word_at]
        # Space between two words is folding; a character may be cut between two words.
        if between.strip() or not waiting:
            settle()
            texts.append(between)
        elif named != charset:
            settle()
        waiting, charset, place = waiting + content, named, word_end
    settle()
    texts.append(shown[place:])
    return "".join(texts), problems


def _encoded_words(shown: str) -> list[tuple[int, int, str, bytes]]:
    found: list[tuple[int, int, str, bytes]] = []
    place = 0
    while opening := OPENING.search(shown, place):
        ending = shown.find("?=", opening.end())
        if ending < 0:
            break
        content = _bytes(shown[opening.end() : ending], opening[2].lower())
        found.append((opening.start(), ending + 2, opening[1].partition("*")[0], content))
        place = ending + 2
    return found


def _bytes(encoded: str, way: str) -> bytes:
    raw = encoded.encode("ascii", "ignore")
    if way == "q":
        return binascii.a2b_qp(raw, header=True)
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
