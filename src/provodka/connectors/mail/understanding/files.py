"""Attachments: parts of the letter, files within winmail.dat, files written into the text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from itertools import islice

from provodka.connectors.mail.understanding.file_names import (
    FIRST_BYTES,
    harmless_name,
    type_by_bytes,
)
from provodka.connectors.mail.understanding.letters import Attachment
from provodka.connectors.mail.understanding.structure import Part
from provodka.connectors.mail.understanding.tnef import is_tnef, tnef_files
from provodka.connectors.mail.understanding.transfer import undone

__all__ = ["attachments_of", "without_uuencoded"]

MOST_TNEF = 40 << 20
MOST_WRITTEN_IN = 50
BEGIN = re.compile(r"(?m)^begin [0-7]{3,4} (.{1,200})\n")
END = re.compile(r"(?m)^end[ \t]*$")
LINE = re.compile(r"[\x20-\x60]{2,90}\n[\x20-\x60]{1,90}\n")


def attachments_of(parts: list[Part], problems: set[str]) -> list[Attachment]:
    """The files that these parts carry, each read once in pieces for its size and hash."""
    found: list[Attachment] = []
    for part in parts:
        number = len(found) + 1
        if is_tnef(part):
            unpacked = tnef_files(part.content(MOST_TNEF), problems)
            found.extend(
                _attachment(_held(content), name, "", number + extra)
                for extra, (name, content) in enumerate(unpacked)
            )
            if unpacked:
                continue
        found.append(_of_part(part, number))
    return found


def without_uuencoded(text: str) -> tuple[str, list[Attachment]]:
    """The text without files that were written into it (uuencode), and these files."""
    found: list[Attachment] = []
    kept, place = [], 0
    for begin in islice(BEGIN.finditer(text), MOST_WRITTEN_IN):
        if begin.start() < place or not LINE.match(text, begin.end()):
            continue
        end = END.search(text, begin.end())
        if end is None:
            break
        raw = text[begin.start() : end.end()].encode("ascii", "replace") + b"\n"
        chunks = _held(b"".join(undone([raw], "uuencode")))
        found.append(_attachment(chunks, begin[1].strip(), "", len(found) + 1))
        kept.append(text[place : begin.start()])
        place = end.end()
    return "".join((*kept, text[place:])), found


def _held(content: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter((content,))


def _of_part(part: Part, number: int) -> Attachment:
    name = part.file_name or part.headers.text("content-location").rpartition("/")[2]
    if not name and part.content_type.startswith("message/") and part.children:
        subject = part.children[0].headers.text("subject")
        name = f"{subject[:80]}.eml" if subject else ""
    content_id = part.headers.text("content-id").strip("<> ")
    shown = part.disposition == "inline" or (part.disposition == "" and bool(content_id))
    return _attachment(
        part.chunks,
        name,
        part.content_type,
        number,
        content_id=content_id[:300],
        inline=shown and part.content_type.startswith("image/"),
    )


def _attachment(
    chunks: Callable[[], Iterator[bytes]],
    name: str,
    claimed: str,
    number: int,
    *,
    content_id: str = "",
    inline: bool = False,
) -> Attachment:
    first, size, digest = b"", 0, hashlib.sha256()
    for chunk in chunks():
        if len(first) < FIRST_BYTES:
            first += chunk[:FIRST_BYTES]
        size += len(chunk)
        digest.update(chunk)
    content_type = type_by_bytes(first, claimed, name)
    return Attachment(
        name=harmless_name(name, content_type, number),
        content_type=content_type,
        size=size,
        sha256=digest.hexdigest(),
        chunks=chunks,
        claimed_type=claimed,
        content_id=content_id,
        inline=inline,
    )
