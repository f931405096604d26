"""Values between JSON and the base: what 1C accepts, what it makes of it, how it writes it.

Numbers are `Decimal` throughout; a 64-bit integer is a string on the wire, a sum is a JSON number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

from provodka.sandbox.onec.errors import bad_literal, internal, refused
from provodka.sandbox.onec.schema import UNDEFINED, Field, Schema

Record = dict[str, Any]

_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_LARGEST = Decimal(10) ** 15
_TYPE_NAME = re.compile(r"^StandardODATA\.(Undefined|[A-Za-z]+_\w+)$")


def parse(text: str | bytes) -> Any:
    """Read JSON, numbers as `Decimal`. A broken body is 500/−1, as in a live base."""
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        raise refused("Непредвиденный символ при чтении JSON") from None


def number_text(value: Decimal) -> str:
    """A number as 1C writes it: no exponent, no trailing zeros."""
    if value == value.to_integral_value():
        return format(value.quantize(Decimal(1)), "f")
    return format(value.normalize(), "f")


@lru_cache(maxsize=4096)
def label(name: str) -> str:
    """A property's name as JSON, with the colon behind it."""
    return encode_basestring(name) + ":"


def render(value: Any) -> str:
    """JSON text of a value, Cyrillic unescaped, `Decimal` as a JSON number."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, Mapping):
        return "{" + ",".join([label(k) + render(v) for k, v in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([render(item) for item in value]) + "]"
    return "null" if value is None else str(value)


class Coercion:
    """Turns the values of a request into the base's own, or refuses as the base does."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def coerce(self, field: Field, value: Any, length: int | None = None) -> object:
        """The stored form of `value`; `length` overrides the field's longest string."""
        if value is None:
            return field.default
        limit = field.length if length is None else length
        match field.kind:
            case "guid":
                return _guid(value)
            case "bool":
                return _boolean(value)
            case "date":
                return _date(value)
            case "int" | "short" | "double":
                return _number(field, value)
            case "enum":
                return self._enum(field, value)
            case "type":
                return _type_name(value)
        return _string(value, limit)

    def _enum(self, field: Field, value: Any) -> str:
        text = _string(value, 0)
        known = self._schema.enums.get(field.target)
        if text and known is not None and text not in known:
            raise bad_literal(text, f"StandardODATA.{field.target}")
        return text


def _guid(value: Any) -> str:
    try:
        return str(UUID(value if isinstance(value, str) else ""))
    except ValueError:
        raise bad_literal(value, "Edm.Guid") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return bool(value == "true")
    raise bad_literal(value, "Edm.Boolean")


def _date(value: Any) -> str:
    """Dates have no zone: an offset is cut off, not converted."""
    text = _ZONE.sub("", value if isinstance(value, str) else "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_literal(value, "Edm.DateTime") from None
    return moment.replace(microsecond=0, tzinfo=None).isoformat()


def _number(field: Field, value: Any) -> object:
    if isinstance(value, bool) or not isinstance(value, str | Decimal | int):
        raise bad_literal(value, field.edm)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise bad_literal(value, field.edm) from None
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise bad_literal(value, field.edm)
    if field.kind == "int":
        return number_text(number.quantize(Decimal(1), ROUND_HALF_UP))
    return number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)


def _string(value: Any, limit: int) -> str:
    if isinstance(value, list | dict):
        raise internal()
    text = value if isinstance(value, str) else render(value)
    return text[:limit] if limit else text


def _type_name(value: Any) -> str:
    text = _string(value, 0)
    if text and not _TYPE_NAME.match(text) and not text.startswith("Unavailable"):
        raise bad_literal(text, "Edm.String")
    return text or UNDEFINED
