"""Files that Outlook packed into winmail.dat (MS-OXTNEF)."""

from __future__ import annotations

import logging
import warnings

from provodka.connectors.mail.understanding.charsets import decoded_text
from provodka.connectors.mail.understanding.structure import Part

__all__ = ["is_tnef", "tnef_files", "tnef_text"]

TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
MOST_FILES = 200
MOST_ATTRIBUTES = 5000
SIGNATURE = b"\x78\x9f\x3e\x22"


def is_tnef(part: Part) -> bool:
    """Whether the part is a winmail.dat, whatever it is called."""
    named = part.file_name.lower() in {"winmail.dat", "win.dat"}
    return part.content_type in TYPES or named


def tnef_files(content: bytes, problems: set[str]) -> list[tuple[str, bytes]]:
    """(name, content) of each file within; none, and a problem, where it cannot be read."""
    parsed = _parsed(content, problems)
    attached = getattr(parsed, "attachments", [])[:MOST_FILES]
    return [(_name(one), bytes(one.data)) for one in attached]


def _name(attached: object) -> str:
    try:
        name = str(attached.long_filename() or "")  # type: ignore[attr-defined]
    except UnicodeDecodeError:
        # The library knows UTF-8 alone, Russian Windows writes its own table.
        name = decoded_text(bytes(getattr(attached, "_name", b"")))[0]
    return name.strip("\x00")


def tnef_text(content: bytes, problems: set[str]) -> tuple[str, str]:
    """The text and the html of the letter within, either of them may be empty."""
    parsed = _parsed(content, problems)
    read = []
    for name in ("body", "htmlbody"):
        value = _told(parsed, name)
        read.append(decoded_text(value)[0] if isinstance(value, bytes) else str(value or ""))
    return read[0].rstrip("\x00"), read[1].rstrip("\x00")


def _told(parsed: object, name: str) -> object:
    try:
        return getattr(parsed, name, None)
    except Exception:  # a property that decodes as it is read, and may fail at it
        return None


def _parsed(content: bytes, problems: set[str]) -> object:
    if not content.startswith(SIGNATURE) or not _is_bounded(content):
        problems.add("bad_tnef")
        return None
    from tnefparse import TNEF

    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            return TNEF(content, do_checksum=False)
    except Exception:  # the library raises whatever a broken file happens to break
        problems.add("bad_tnef")
        return None


def _is_bounded(content: bytes) -> bool:
    """Whether its attributes are few enough to be read (MS-OXTNEF §2.1.1)."""
    place, count = 6, 0
    while place + 9 <= len(content) and count <= MOST_ATTRIBUTES:
        place += 11 + int.from_bytes(content[place + 5 : place + 9], "little")
        count += 1
    return count <= MOST_ATTRIBUTES
