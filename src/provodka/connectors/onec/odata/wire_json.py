"""JSON as 1C writes and reads it: exact decimals, no silence about damage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypedDict

import msgspec

__all__ = ["BOM", "Entry", "NotJson", "body_of", "decode", "encode", "entries"]

Entry = msgspec.Raw
"""A row of a set's answer that has not been read: its bytes."""

BOM = b"\xef\xbb\xbf"
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
    # A repeated key loses a value without a word. Counting quoted colons is cheap, and only
    # a difference is looked into; quotes inside texts are escaped and not counted.
    quoted, known = data.count(b'":'), _keys(document)
    if quoted != known and quoted - data.count(b'\\":') != known:
        _refuse_doubles(data)
    return document


class _Entries(msgspec.Struct):
    value: list[Entry]


_entries = msgspec.json.Decoder(_Entries)


def entries(body: bytes, names: tuple[str, ...]) -> tuple[list[Entry], list[dict[str, Any]]]:
    """The rows of a set's answer unread, and each with just these of its fields.

    Raises `NotJson` for what is cut short or no set of rows; damage within a row is found by
    `decode`.
    """
    data = body.removeprefix(BOM)
    try:
        return _entries.decode(data).value, _narrow(names).decode(data).value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson(str(error)) from error


def body_of(rows: Sequence[Entry]) -> bytes:
    """A set's answer with these rows."""
    return b"".join((b'{"value":[', b",".join(rows), b"]}"))


@lru_cache(maxsize=64)
def _narrow(names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """A decoder of rows that passes over all other fields."""
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
