"""A structured header's value and its parameters (RFC 2045 §5.1, RFC 2231)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from provodka.connectors.mail.understanding.charsets import decoded_text
from provodka.connectors.mail.understanding.words import header_text

__all__ = ["parameters"]

# A value in quotes, or up to the next semicolon: names with bare spaces are sent often.
ONE = re.compile(rb';?[\s;]*([^\s=;"]{1,80}?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
SECTION = re.compile(r"([^*]+)\*(?:(\d{1,3}))?(\*)?")


def parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """The value before the first semicolon, in lower case, and parameters by lower-case name.

    The bytes are as they stand in the header; continuations are put together, percent and
    encoded words undone.
    """
    main, _semicolon, rest = raw.partition(b";")
    plain: dict[str, bytes] = {}
    cut: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for found in ONE.finditer(rest[:20_000]):
        name = found[1].decode("ascii", "replace").lower()
        value = _unquoted(found[2]) if found[2] is not None else found[3].strip()
        if section := SECTION.fullmatch(name):
            number = int(section[2] or 0)
            encoded = bool(section[3]) or section[2] is None
            cut.setdefault(section[1], {}).setdefault(number, (value, encoded))
        else:
            plain.setdefault(name, value)
    read = {name: header_text(value)[0] for name, value in plain.items()}
    return (
        main.decode("ascii", "replace").strip().lower(),
        read | {name: _joined(sections) for name, sections in cut.items()},
    )


def _unquoted(value: bytes) -> bytes:
    return re.sub(rb'\\(["\\])', rb"\1", value)


def _joined(sections: dict[int, tuple[bytes, bool]]) -> str:
    charset, content = "", b""
    for number in sorted(sections):
        value, encoded = sections[number]
        if encoded and number == min(sections) and value.count(b"'") >= 2:
            named, _language, value = value.split(b"'", 2)
            charset = named.decode("ascii", "replace")
        content += unquote_to_bytes(value) if encoded else value
    if not charset and b"=?" in content:
        return header_text(content)[0]
    return decoded_text(content, charset)[0]
