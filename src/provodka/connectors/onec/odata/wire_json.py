"""JSON as 1C writes and reads it: exact decimals, no silence about damage."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypedDict

import msgspec

__all__ = [
    "BOM",
    "Entry",
    "NotJson",
    "body_of",
    "decode",
    "encode",
    "entries",
    "narrowed",
    "tells_all",
]

Entry = msgspec.Raw
"""A row of a set's answer that has not been read: its bytes."""

BOM = b"\xef\xbb\xbf"
ABOUT = rb'(?:"odata\.\w+"\s*:\s*"[^"\\]*"\s*)'
HEAD = re.compile(rb'\s*\{\s*(?:%b,\s*)*"value"\s*:\s*\[\s*' % ABOUT)
TAIL = re.compile(rb"\s*\]\s*(?:,\s*%b)*\}\s*\Z" % ABOUT)
ABOUT_MOST = 1000
GAP = 16
"""Bytes between two rows, at most: a comma and the line ends that 1C puts there."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


class NotJson(ValueError):
    """The bytes are not a JSON document that can be trusted; the text says why, in English."""


def decode(body: bytes) -> Any:
    """The document, fractions as `Decimal`, integers as `int`; refuses doubled keys.

    A byte order mark is allowed. Raises `NotJson` on anything cut short,
    NaN, wrong UTF-8, lone surrogates or nesting beyond reason.
    """
    data = body.removeprefix(BOM)
    try:
        document = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson(str(error)) from error
    if not tells_all(data, document):
        _refuse_doubles(data)
    return document


def tells_all(data: bytes, document: Any) -> bool:
    """Whether no key of a set's answer came twice, as far as counting tells; if not, look closer.

    A repeated key loses a value without a word. Counting quoted colons is cheap; quotes inside
    texts are escaped and not counted.
    """
    quoted, known = data.count(b'":'), _keys(document)
    return quoted == known or quoted - data.count(b'\\":') == known


class _Entries(msgspec.Struct):
    value: list[Entry]


_entries = msgspec.json.Decoder(_Entries)


def entries(body: bytes) -> list[Entry]:
    """The rows of a set's answer unread.

    Raises `NotJson` for what is cut short or no set of rows; damage within a row is found by who
    reads it.
    """
    data = body.removeprefix(BOM)
    try:
        rows = _entries.decode(data).value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson(str(error)) from error
    if not _is_all(data, rows):
        _refuse_doubles(data)
    return rows


def _is_all(data: bytes, rows: Sequence[Entry]) -> bool:
    """Whether an answer plainly holds these rows and no others, under a second `value`."""
    head, tail = HEAD.match(data), TAIL.search(data, max(0, len(data) - ABOUT_MOST))
    if head is None or tail is None:
        return False
    between = tail.start() - head.end() - sum(map(len, rows))
    if len(rows) < 2:
        return between == 0
    first = head.end() + len(rows[0])
    gap = data.find(b"{", first, first + GAP) - first
    return between == gap * (len(rows) - 1)


def narrowed(body: bytes, rows: Sequence[Entry], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Of each row these of its fields at least; `rows` are the `entries` of the body."""
    try:
        if all(map(str.isascii, names)):
            found: list[dict[str, Any]] = _narrow(names).decode(body.removeprefix(BOM)).value
            return found
        return [_decoder.decode(one) for one in rows]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson(str(error)) from error


def body_of(rows: Sequence[Entry]) -> bytes:
    """A set's answer with these rows."""
    return b"".join((b'{"value":[', b",".join(rows), b"]}"))


@lru_cache(maxsize=64)
def _narrow(names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """A decoder of rows that passes over all other fields; it knows ASCII names only."""
    declare: Any = TypedDict
    rows: Any = list
    row = rows[declare("Row", dict.fromkeys(names, Any), total=False)]
    return msgspec.json.Decoder(msgspec.defstruct("Rows", [("value", row)]))


def _keys(document: Any) -> int:
    """How many keys a set's answer has; too few where rows differ in shape."""
    if type(document) is not dict:
        return 0
    rows = document.get("value")
    if type(rows) is not list or not rows or set(map(type, rows)) != {dict}:
        return len(document)
    found = len(document) + sum(map(len, rows))
    for name in [name for name, value in rows[0].items() if type(value) is list]:
        lines = [line for row in rows if type(section := row.get(name)) is list for line in section]
        if set(map(type, lines)) == {dict}:
            found += sum(map(len, lines))
    return found


def _refuse_doubles(data: bytes) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _value in pairs]
            doubled = next(name for name in names if names.count(name) > 1)
            raise NotJson(f"the key {doubled!r} comes twice in one object")
        return found

    try:
        json.loads(data, object_pairs_hook=once, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise NotJson(str(error)) from error


def encode(body: Mapping[str, Any]) -> bytes:
    """The body as UTF-8 JSON, `Decimal` as plain numbers."""
    return _encoder.encode(body)
