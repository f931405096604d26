"""JSON as 1C writes and reads it: exact decimals, no silence about damage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

__all__ = ["BOM", "NotJson", "decode", "encode"]

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
    # A repeated key loses a value without a word. Counting colons after quotes is
    # cheap; only a surplus, which a quote inside a text also makes, is looked into.
    if data.count(b'":') > _keys(document):
        _refuse_doubles(data)
    return document


def _keys(value: Any) -> int:
    if type(value) is list:
        return sum(map(_keys, value)) if value and type(value[0]) in (dict, list) else 0
    if type(value) is not dict:
        return 0
    nested = [part for part in value.values() if type(part) in (list, dict)]
    return len(value) + sum(map(_keys, nested)) if nested else len(value)


def _refuse_doubles(data: bytes) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _value in pairs]
            doubled = next(name for name in names if names.count(name) > 1)
            raise NotJson(f"the key {doubled!r} comes twice in one object")
        return found

    json.loads(data, object_pairs_hook=once)


def encode(body: Mapping[str, Any]) -> bytes:
    """The body as UTF-8 JSON, `Decimal` as plain numbers."""
    return _encoder.encode(body)
