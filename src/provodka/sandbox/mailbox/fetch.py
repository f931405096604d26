"""IMAP FETCH: the parts of a letter that a client asks for (RFC 3501 §6.4.5)."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes

from provodka.sandbox.mailbox.grammar import Syntax
from provodka.sandbox.storage.letters import Letter

_MACROS = {
    "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
    "FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
}
_BODY = re.compile(r"^BODY(\.PEEK)?\[(.*)\](?:<(\d+)\.(\d+)>)?$", re.IGNORECASE | re.DOTALL)


def wanted_items(argument: object) -> list[str]:
    """The data items named by a FETCH argument."""
    if isinstance(argument, list):
        return [str(item) for item in argument]
    return _MACROS.get(str(argument).upper(), [str(argument)])


def marks_seen(items: list[str]) -> bool:
    """Whether fetching these items sets \\Seen."""
    return any(item.upper() == "RFC822" or item.upper().startswith("BODY[") for item in items)


def render_items(number: int, letter: Letter, items: list[str], *, with_uid: bool) -> bytes:
    """One untagged FETCH answer."""
    parts = [f"UID {letter.uid}".encode()] if with_uid else []
    for item in items:
        if item.upper() != "UID" or not with_uid:
            parts.append(_item(letter, item))
    return b"* %d FETCH (%s)\r\n" % (number, b" ".join(parts))


def _item(letter: Letter, item: str) -> bytes:
    name = item.upper()
    if name == "UID":
        return f"UID {letter.uid}".encode()
    if name == "FLAGS":
        return f"FLAGS ({' '.join(letter.flags)})".encode()
    if name == "RFC822.SIZE":
        return f"RFC822.SIZE {len(letter.raw)}".encode()
    if name == "INTERNALDATE":
        moment = datetime.fromisoformat(letter.at)
        return f'INTERNALDATE "{moment:%d-%b-%Y %H:%M:%S +0000}"'.encode()
    if name in {"RFC822", "RFC822.HEADER"}:
        section = "" if name == "RFC822" else "HEADER"
        return _literal(name, _section(letter.raw, section))
    match = _BODY.match(item)
    if match is None:
        raise Syntax(f"unknown data item {item}")
    return _body(letter, match)


def _body(letter: Letter, match: re.Match[str]) -> bytes:
    _, section, offset, length = match.groups()
    data = _section(letter.raw, section.upper())
    label = f"BODY[{section}]"
    if offset is not None:
        data = data[int(offset) : int(offset) + int(length)]
        label += f"<{offset}>"
    return _literal(label, data)


def _literal(label: str, data: bytes) -> bytes:
    return f"{label} {{{len(data)}}}\r\n".encode() + data


def _section(raw: bytes, section: str) -> bytes:
    head, separator, text = raw.partition(b"\r\n\r\n")
    if section == "":
        return raw
    if section == "HEADER":
        return head + separator
    if section == "TEXT":
        return text
    match = re.match(r"^HEADER\.FIELDS(\.NOT)? \((.*)\)$", section)
    if match is None:
        raise Syntax(f"unknown section {section}")
    names = {name.strip('"').lower() for name in match.group(2).split()}
    keep_named = match.group(1) is None
    lines = [
        f"{name}: {value}\r\n"
        for name, value in message_from_bytes(head).items()
        if (name.lower() in names) is keep_named
    ]
    return ("".join(lines) + "\r\n").encode("utf-8", "surrogateescape")
