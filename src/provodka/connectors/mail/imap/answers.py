"""What a server's FETCH, LIST and VANISHED answers say (RFC 3501 §7, RFC 7162 §3.2.10)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from imap_tools.imap_utf7 import utf7_decode

__all__ = ["Fetched", "Listed", "fetched", "in_sets", "listed", "uid_ranges"]

TOKEN = re.compile(
    rb'\(|\)|"(?:\\.|[^"\\])*"|(?:BODY|BINARY)\[[^\]]*\](?:<\d+>)?|[^\s()"]+', re.IGNORECASE
)
LITERAL = re.compile(rb"\{\d+\}$")
LIST = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?:\\.|[^"\\])"|NIL) (?P<name>.*)', re.DOTALL)
Item = bytes | tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One FETCH answer. What it did not say is None; `parts` are sections of the letter.

    A part is under its name in upper case without ``BODY`` and offset: ``""`` is the letter.
    """

    uid: int | None
    flags: tuple[str, ...] | None = None
    size: int | None = None
    received: datetime | None = None
    parts: dict[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """One folder: its name as people read it, its flags in lower case."""

    name: str
    flags: frozenset[str]

    @property
    def selectable(self) -> bool:
        """Whether it holds letters at all (RFC 3501 §7.2.2)."""
        return not self.flags & {"\\noselect", "\\nonexistent"}


def fetched(items: Iterable[Item | None]) -> Iterator[Fetched]:
    """Read FETCH answers as `imaplib` gives them: lines, and pairs of a line and a literal."""
    record: list[Any] = []
    for item in items:
        if item is None:
            continue
        if isinstance(item, tuple):
            record += [*_tokens(LITERAL.sub(b"", item[0])), _Literal(item[1])]
            continue
        record += _tokens(item)
        yield _fetched(record)
        record = []


def listed(line: bytes | tuple[bytes, bytes]) -> Listed | None:
    """Read one LIST answer; None where it cannot be understood."""
    whole = LITERAL.sub(b"", line[0]) + line[1] if isinstance(line, tuple) else line
    found = LIST.match(whole)
    if found is None:
        return None
    name = found["name"].strip()
    if name[:1] == b'"':
        name = re.sub(rb"\\(.)", rb"\1", name[1:-1])
    flags = found["flags"].decode("ascii", "replace").lower().split()
    return Listed(utf7_decode(name), frozenset(flags))


def uid_ranges(answers: Sequence[bytes | None]) -> list[tuple[int, int]]:
    """Ranges of UIDs that VANISHED or SEARCH answers name, ends included."""
    found = []
    for answer in answers:
        for part in (answer or b"").replace(b"(EARLIER)", b"").replace(b",", b" ").split():
            first, _colon, last = part.partition(b":")
            if first.isdigit() and (not last or last.isdigit()):
                ends = sorted((int(first), int(last or first)))
                found.append((ends[0], ends[1]))
    return found


def in_sets(uids: Iterable[int]) -> str:
    """UIDs as a compact set for a command: ``1:3,7``."""
    parts: list[list[int]] = []
    for uid in sorted(set(uids)):
        if parts and parts[-1][1] == uid - 1:
            parts[-1][1] = uid
        else:
            parts.append([uid, uid])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in parts)


class _Literal(bytes):
    """Content that is not to be looked into."""


def _tokens(line: bytes) -> list[bytes]:
    return TOKEN.findall(line)


def _fetched(record: list[Any]) -> Fetched:
    values: dict[str, Any] = {}
    parts: dict[str, bytes] = {}
    rest = iter(record)
    next(rest, None)
    for token in rest:
        if token in (b"(", b")") or isinstance(token, _Literal):
            continue
        name = token.decode("ascii", "replace").upper()
        value = _value(rest)
        if name.startswith("BODY["):
            parts[name[5:].partition("]")[0]] = _content(value)
        else:
            values[name] = value
    return Fetched(
        _number(values.get("UID")),
        _flags(values),
        _number(values.get("RFC822.SIZE")),
        _moment(values.get("INTERNALDATE")),
        parts,
    )


def _value(rest: Iterator[Any]) -> Any:
    token = next(rest, b"")
    if token != b"(" or isinstance(token, _Literal):
        return token
    inner = []
    while (token := next(rest, b")")) != b")":
        if token == b"(":
            _value(iter([token]))
            continue
        inner.append(token)
    return inner


def _content(value: Any) -> bytes:
    if isinstance(value, _Literal):
        return bytes(value)
    if not isinstance(value, bytes) or value.upper() == b"NIL":
        return b""
    return re.sub(rb"\\(.)", rb"\1", value[1:-1]) if value[:1] == b'"' else value


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, bytes) and value.isdigit() else None


def _moment(value: Any) -> datetime | None:
    """A date-time of RFC 3501 §9: ``" 7-Nov-2026 10:00:00 +0300"``."""
    if not isinstance(value, bytes):
        return None
    try:
        return datetime.strptime(value.decode("ascii").strip('" '), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


def _flags(values: dict[str, Any]) -> tuple[str, ...] | None:
    given = values.get("FLAGS")
    if not isinstance(given, list):
        return None
    flags = (flag.decode("ascii", "replace") for flag in given)
    # \\Recent is of the session that asks, not of the letter (RFC 3501 §2.3.2).
    return tuple(sorted(flag for flag in flags if flag != "\\Recent"))
