"""Objects of the body → dicts, by readers that are compiled from the schema once.

A reader checks while it reads: names, order, number, required elements, values. This is
the innermost loop of an exchange, some hundred elements a document, so it calls no function
that it can do without.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lxml import etree

from provodka.connectors.onec.enterprise_data.facets import Unfit
from provodka.connectors.onec.enterprise_data.literals import codec_of
from provodka.connectors.onec.enterprise_data.misfits import (
    MisfitElement,
    is_nil,
    misplaced,
    missing,
    refuse_content,
    unknown,
)
from provodka.connectors.onec.enterprise_data.schema import (
    Facets,
    ObjectType,
    Property,
    Schema,
    ValueType,
    message_schema,
    schema_of,
)

__all__ = ["Readers", "header_readers", "readers_of"]

XS = "http://www.w3.org/2001/XMLSchema"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
Reader = Callable[[etree._Element], Any]
Decode = Callable[[str], Any]
# Where an element stands in its type, its name, whether it repeats, and how it is read: by
# `Decode` from its text, or whole by `Reader`; a text that nothing narrows needs neither.
Entry = tuple[int, str, bool, Decode | None, Reader | None]


class Readers:
    """Readers of the types of a schema, each compiled when it is first asked for.

    An element is known by its full name, and also without a namespace: `envelope` hands
    the body's own elements over so, because building their full names would take a fifth
    of the time.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._made: dict[str, Reader] = {}

    def __getitem__(self, name: str) -> Reader:
        """The reader of an object type: an element to a dict; `KeyError` if there is none."""
        if name not in self._made:
            self._compile(self.schema.object_type(name))
        return self._made[name]

    def _compile(self, kind: ObjectType) -> None:
        entries: dict[str, Entry] = {}
        # Noted before its elements are compiled: a type may hold itself.
        self._made[kind.name] = _object_reader(entries, kind)
        for index, one in enumerate(kind.properties):
            entry = entries[one.tag] = (index, one.name, one.repeated, *self._ways(one))
            if one.namespace == self.schema.namespace:
                entries[one.name] = entry

    def _ways(self, one: Property) -> tuple[Decode | None, Reader | None]:
        kind = self.schema.types[one.type]
        decode: Decode | None = None
        read: Reader | None = None
        if isinstance(kind, ObjectType):
            read = self[one.type] if kind.required else _whole(self[one.type])
        elif kind.primitive == "anyType":
            read = _any_type
        elif kind.primitive != "string" or kind.members or kind.facets != Facets():
            decode = codec_of(kind).decode
        if one.nillable:
            return None, _nillable(read or _leaf(decode))
        return decode, read


def _object_reader(entries: dict[str, Entry], kind: ObjectType) -> Reader:
    required, ordered = kind.required, kind.ordered

    def read(element: Any) -> dict[str, Any]:
        value: dict[str, Any] = {}
        last = -1
        for child in element[:]:
            try:
                index, name, repeated, decode, read_whole = entries[child.tag]
            except KeyError:
                raise MisfitElement(child, unknown(child, kind)) from None
            if index <= last and (not repeated if name in value else ordered):
                raise MisfitElement(child, misplaced(name, value, kind))
            last = index
            if read_whole is None:
                one = child.text
                if one is None:
                    refuse_content(child)
                    one = ""
                if decode is not None:
                    try:
                        one = decode(one)
                    except Unfit as error:
                        raise MisfitElement(child, error) from None
            else:
                one = read_whole(child)
            if repeated:
                value.setdefault(name, []).append(one)
            else:
                value[name] = one
        for name in required:
            if name not in value:
                raise MisfitElement(element, missing(name))
        return value

    return read


def _whole(read_object: Reader) -> Reader:
    """The reader of an object that may be without elements, but not without a value."""

    def read(element: etree._Element) -> Any:
        value = read_object(element)
        if not value:
            refuse_content(element)
        return value

    return read


def _leaf(decode: Decode | None) -> Reader:
    def read(element: etree._Element) -> Any:
        refuse_content(element)
        return _decoded(element, decode)

    return read


def _nillable(read_value: Reader) -> Reader:
    def read(element: etree._Element) -> Any:
        return None if is_nil(element) else read_value(element)

    return read


def _any_type(element: etree._Element) -> Any:
    refuse_content(element)
    prefix, _colon, local = element.get(TYPE, "").rpartition(":")
    known = element.nsmap.get(prefix or None) == XS
    kind = message_schema().types.get(f"xs:{local}") if known else None
    return _decoded(element, codec_of(kind).decode if isinstance(kind, ValueType) else None)


def _decoded(element: etree._Element, decode: Decode | None) -> Any:
    text = element.text or ""
    try:
        return decode(text) if decode else text
    except Unfit as error:
        raise MisfitElement(element, error) from None


@lru_cache(maxsize=4)
def readers_of(version: str) -> Readers:
    """Readers of a version's types; a version whose schema is not held is `Misunderstood`."""
    return Readers(schema_of(version))


@lru_cache(maxsize=1)
def header_readers() -> Readers:
    """Readers of the envelope's types."""
    return Readers(message_schema())
