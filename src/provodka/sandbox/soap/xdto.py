"""Types of an XDTO package: what an element may hold, in which order, and of which kind.

The packages are the vendor's own (see SOURCES.md), in the compact form that `compact` writes.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

BASE = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"
"""The format's address without a version."""
VERSIONS = ("1.8", "1.21")
"""Versions of the format whose packages are here."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """A simple type: what it is based on, and what narrows it down (None and () = nothing)."""

    name: str
    base: str
    max_length: int | None = None
    min_length: int | None = None
    length: int | None = None
    total_digits: int | None = None
    fraction_digits: int | None = None
    enumeration: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Property:
    """A child element: its type (inline or by name) and how often it comes (`high` -1 = any)."""

    name: str
    kind: str | ValueType | ObjectType
    low: int = 0
    high: int = 1
    nillable: bool = False


@dataclass(frozen=True)
class ObjectType:
    """A type of elements; `open` ones may also hold elements of other namespaces."""

    name: str
    own: tuple[Property, ...]
    base: ObjectType | None = None
    open: bool = False
    ordered: bool = True

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        """The properties in their order, inherited ones first."""
        return (*(self.base.properties if self.base else ()), *self.own)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where in the order each property stands."""
        return {item.name: place for place, item in enumerate(self.properties)}

    def find(self, name: str) -> Property | None:
        """A property by its name."""
        place = self.places.get(name)
        return None if place is None else self.properties[place]

    @property
    def row(self) -> Property | None:
        """The one repeated property of a tabular section's type, None for other types."""
        only = self.properties[0] if len(self.properties) == 1 else None
        return only if only is not None and only.high != 1 else None


_OBJECT = ObjectType("Object", (Property("AdditionalInfo", "anyType"),))
_REF = ValueType("Ref", "string")


@dataclass(frozen=True)
class Package:
    """All types of one namespace."""

    namespace: str
    types: Mapping[str, ValueType | ObjectType] = field(repr=False)

    def kind(self, item: Property) -> ValueType | ObjectType:
        """The type of a property; a built-in name gives a bare value type."""
        if not isinstance(item.kind, str):
            return item.kind
        return self.types.get(item.kind) or ValueType(item.kind, item.kind)

    def object(self, name: str) -> ObjectType | None:
        """An object type by its name."""
        found = self.types.get(name)
        return found if isinstance(found, ObjectType) else None

    def reference(self, name: str) -> str:
        """The name of the reference type that a format object's key properties hold, or ""."""
        found = self.object(name)
        keys = found.find("КлючевыеСвойства") if found else None
        held = self.kind(keys) if keys else None
        link = held.find("Ссылка") if isinstance(held, ObjectType) else None
        return str(link.kind) if link else ""


class _Builder:
    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self.types: dict[str, ValueType | ObjectType] = {"Object": _OBJECT, "Ref": _REF}

    def build(self) -> Mapping[str, ValueType | ObjectType]:
        for name in self._raw:
            self._named(name)
        return self.types

    def _named(self, name: str) -> ValueType | ObjectType:
        if name not in self.types:
            self.types[name] = self._made(name, self._raw[name])
        return self.types[name]

    def _made(self, name: str, raw: Mapping[str, Any]) -> ValueType | ObjectType:
        return self._value(name, raw) if "value" in raw else self._object(name, raw)

    def _value(self, name: str, raw: Mapping[str, Any]) -> ValueType:
        base = raw["value"]
        return ValueType(
            name=name,
            base=base,
            max_length=raw.get("maxLength"),
            min_length=raw.get("minLength"),
            length=raw.get("length"),
            total_digits=raw.get("totalDigits"),
            fraction_digits=raw.get("fractionDigits"),
            enumeration=tuple(raw.get("enumeration", ())),
            patterns=tuple(raw.get("pattern", ())),
            members=tuple(raw.get("members", ())),
        )

    def _object(self, name: str, raw: Mapping[str, Any]) -> ObjectType:
        base = self._named(raw["base"]) if "base" in raw else None
        return ObjectType(
            name=name,
            own=tuple(self._property(item) for item in raw["properties"]),
            base=base if isinstance(base, ObjectType) else None,
            open="open" in raw,
            ordered="unordered" not in raw,
        )

    def _property(self, raw: list[Any]) -> Property:
        name, kind, *rest = raw
        low, high = rest[:2] or (0, 1)
        held = self._made(name, kind) if isinstance(kind, dict) else kind
        return Property(name, held, low, high, nillable=len(rest) > 2)


@lru_cache(maxsize=8)
def load_package(name: str) -> Package:
    """The package of a version of the format (`1.21`), or `message` for the message's header."""
    path = Path(__file__).with_name("schemas") / f"{name}.json.xz"
    raw = json.loads(lzma.decompress(path.read_bytes()))
    return Package(raw["namespace"], _Builder(raw["types"]).build())
