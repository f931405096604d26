"""Every set, section and field that a mapping names, with the line that names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from provodka.foundation.errors import Place
from provodka.mappings.books import BOOKS
from provodka.mappings.checking import CONTACT_FIELDS, SYSTEM_FIELDS
from provodka.mappings.compiled import Find, Mapping, Pair

__all__ = ["Named", "named_by"]


class Named(NamedTuple):
    """A name in a base: a set (`section` and `field` empty), a section, or a field of either."""

    entity: str
    section: str
    field: str
    place: Place


def named_by(mapping: Mapping) -> tuple[Named, ...]:
    """What a mapping names, the set itself first; a name stands as often as it is named."""
    return tuple(_all(mapping))


def _all(mapping: Mapping) -> Iterator[Named]:
    entity = mapping.entity
    yield Named(entity, "", "", mapping.place)
    for name in SYSTEM_FIELDS:
        yield Named(entity, "", name, mapping.place)
    if mapping.marker:
        yield Named(entity, "", mapping.marker, mapping.marker_place)
    for name, _allowed, place in mapping.only:
        yield Named(entity, "", name, place)
    yield from _pairs(mapping.pairs, entity, "")
    for part in mapping.parts:
        for section in part.sections:
            yield Named(entity, section.theirs, "", section.place)
            yield Named(entity, section.theirs, "LineNumber", section.place)
            yield from _pairs(section.pairs, entity, section.theirs)
    for name, constant, place in mapping.constants:
        yield Named(entity, "", name, place)
        if isinstance(constant, Find):
            yield from _find(constant)


def _pairs(pairs: tuple[Pair, ...], entity: str, section: str) -> Iterator[Named]:
    for pair in pairs:
        if pair.how == "contact":
            yield Named(entity, pair.theirs, "", pair.place)
            for name in CONTACT_FIELDS:
                yield Named(entity, pair.theirs, name, pair.place)
            continue
        for name in pair.theirs_names:
            yield Named(entity, section, name, pair.place)
        if pair.how == "book":
            book = BOOKS[pair.argument]
            yield Named(book.entity, "", "", pair.place)
            for name in book.select:
                yield Named(book.entity, "", name, pair.place)
        if pair.otherwise is not None:
            yield from _find(pair.otherwise)


def _find(find: Find) -> Iterator[Named]:
    yield Named(find.entity, "", "", find.place)
    yield Named(find.entity, "", find.take, find.take_place)
    for name, _value in find.where:
        yield Named(find.entity, "", name, find.where_places[name])
