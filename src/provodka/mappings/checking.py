"""A mapping against what a live base publishes, before any data flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.mappings import compiled
from provodka.mappings.books import BOOKS
from provodka.mappings.configurations import Configuration
from provodka.mappings.converters import CONVERTERS
from provodka.mappings.marker import MARKER_LENGTH
from provodka.mappings.misses import (
    TOLD_BY_BASE,
    no_field,
    no_section,
    no_set,
    no_value,
    wrong_target,
    wrong_type,
)
from provodka.mappings.published import FieldInfo, Fields, Published
from provodka.mappings.vat import OURS_BY_ENUM
from provodka.mappings.wire_values import fitting_types

__all__ = ["SYSTEM_FIELDS", "check_against"]

SYSTEM_FIELDS = ("Ref_Key", "DataVersion", "DeletionMark")
CONTACT_FIELDS = ("Тип", "Представление")
Misses = Iterator[ConfigurationError]


def check_against(
    mapping: compiled.Mapping, published: Published, facts: Configuration | None = None
) -> list[ConfigurationError]:
    """Everything in the mapping that the base cannot answer; empty when all is well.

    Each miss names the line of the mapping's file, the nearest existing name and what to do. A
    set that is not published is told from one that does not exist, and members of enumerations
    are compared, where `facts` of the base's configuration know them: `$metadata` has neither.
    """
    return list(_Check(mapping, published, facts).misses())


@dataclass(frozen=True, slots=True)
class _Check:
    mapping: compiled.Mapping
    published: Published
    facts: Configuration | None

    def misses(self) -> Misses:
        fields = self.published.fields(self.mapping.entity)
        if fields is None:
            yield self._no_set(self.mapping.place, self.mapping.entity)
            return
        yield from self._system(fields)
        yield from self._pairs(self.mapping.pairs, "", fields)
        yield from self._only(fields)
        yield from self._parts()
        yield from self._constants(fields)

    def _system(self, fields: Fields) -> Misses:
        entity, marker = self.mapping.entity, self.mapping.marker
        for name in SYSTEM_FIELDS:
            if name not in fields:
                yield no_field(self.mapping.place, entity, name, fields, self.facts)
        if marker is None:
            return
        place, where = self.mapping.marker_place, f"{entity}.{marker}"
        info = fields.get(marker)
        if info is None:
            yield no_field(place, entity, marker, fields, self.facts)
        elif info.type != "Edm.String":
            yield wrong_type(place, where, _("marker"), info.type, ["Edm.String"])
        elif info.max_length is not None and info.max_length < MARKER_LENGTH:
            told = f"Edm.String({info.max_length})"
            yield wrong_type(place, where, _("marker"), told, [f"Edm.String({MARKER_LENGTH})"])

    def _pairs(self, pairs: tuple[compiled.Pair, ...], section: str, fields: Fields) -> Misses:
        where = self._where(section)
        for pair in pairs:
            if pair.how == "contact":
                yield from self._contact(pair)
                continue
            for name in pair.theirs_names:
                info = fields.get(name)
                if info is None:
                    yield no_field(pair.place, where, name, fields, self.facts)
                elif name == pair.theirs:
                    yield from self._values(pair, section, info)
                    yield from self._target(pair, section)
            if pair.how == "book":
                yield from self._book(pair)
            if pair.otherwise is not None:
                yield from self._find(pair.otherwise)

    def _values(self, pair: compiled.Pair, section: str, info: FieldInfo) -> Misses:
        known = self._members(section, pair.theirs, info)
        if known is not None and pair.how == "enum":
            step = _("исправьте values")
            for one in map(str, pair.ours_of):
                if one not in known.members:
                    yield known.lacks(
                        self._named(pair.values_place, section, pair.theirs), one, step
                    )
        elif known is not None and pair.how == "vat_rate":
            # Of the rates only some exist in each release; those that do not are never met.
            if not any(one in known.members for one in OURS_BY_ENUM):
                named = self._named(pair.place, section, pair.theirs)
                yield known.lacks(named, "БезНДС", _("смените as"))
        elif known is None and info.type not in _fitting(pair):
            where = f"{self._where(section)}.{pair.theirs}"
            yield wrong_type(pair.place, where, pair.how, info.type, _fitting(pair))

    def _target(self, pair: compiled.Pair, section: str) -> Misses:
        expected = pair.target
        if not expected:
            return
        where, entity = f"{self._where(section)}.{pair.theirs}", self.mapping.entity
        leads = self.published.target(entity, section, pair.theirs)
        if leads is not None:
            if leads != expected:
                yield wrong_target(pair.place, where, expected, [leads], TOLD_BY_BASE)
            return
        targets = self.facts.targets(entity, section, pair.theirs) if self.facts else None
        if targets is not None and self.facts is not None and expected not in targets:
            yield wrong_target(pair.place, where, expected, targets, self.facts.known_as)

    def _contact(self, pair: compiled.Pair) -> Misses:
        sections = self.published.sections(self.mapping.entity)
        fields = sections.get(pair.theirs)
        if fields is None:
            yield no_section(pair.place, self.mapping.entity, pair.theirs, sections.keys())
            return
        for name in CONTACT_FIELDS:
            if name not in fields:
                where = self._where(pair.theirs)
                yield no_field(pair.place, where, name, fields, self.facts)

    def _book(self, pair: compiled.Pair) -> Misses:
        book = BOOKS[pair.argument]
        fields = self.published.fields(book.entity)
        if fields is None:
            yield self._no_set(pair.place, book.entity)
            return
        for name in book.select:
            if name not in fields:
                yield no_field(pair.place, book.entity, name, fields, self.facts)

    def _only(self, fields: Fields) -> Misses:
        for name, allowed, place in self.mapping.only:
            info = fields.get(name)
            if info is None:
                yield no_field(place, self.mapping.entity, name, fields, self.facts)
            else:
                for value in sorted(allowed, key=str):
                    yield from self._value(value, "", name, info, place)

    def _parts(self) -> Misses:
        sections = self.published.sections(self.mapping.entity)
        for part in self.mapping.parts:
            for section in part.sections:
                fields = sections.get(section.theirs)
                if fields is None:
                    entity, known = self.mapping.entity, sections.keys()
                    yield no_section(section.place, entity, section.theirs, known)
                    continue
                if "LineNumber" not in fields:
                    where = self._where(section.theirs)
                    yield no_field(section.place, where, "LineNumber", fields, self.facts)
                yield from self._pairs(section.pairs, section.theirs, fields)

    def _constants(self, fields: Fields) -> Misses:
        for name, constant, place in self.mapping.constants:
            info = fields.get(name)
            if info is None:
                yield no_field(place, self.mapping.entity, name, fields, self.facts)
            elif isinstance(constant, compiled.Derive):
                if info.type != "Edm.Boolean":
                    where = f"{self.mapping.entity}.{name}"
                    yield wrong_type(place, where, "derive", info.type, ["Edm.Boolean"])
            elif not isinstance(constant, compiled.Find):
                yield from self._value(constant, "", name, info, place)
            if isinstance(constant, compiled.Find):
                yield from self._find(constant)

    def _find(self, find: compiled.Find) -> Misses:
        fields = self.published.fields(find.entity)
        if fields is None:
            yield self._no_set(find.place, find.entity)
            return
        if find.take not in fields:
            yield no_field(find.take_place, find.entity, find.take, fields, self.facts)
        for name, value in find.where:
            place, info = find.where_places[name], fields.get(name)
            if info is None:
                yield no_field(place, find.entity, name, fields, self.facts)
            elif isinstance(value, compiled.Ours):
                yield from self._ours(value, find, info, place, name)
            else:
                yield from self._value(value, "", name, info, place, find.entity)

    def _ours(
        self, value: compiled.Ours, find: compiled.Find, info: FieldInfo, place: Place, name: str
    ) -> Misses:
        pair = self.mapping.pair_of(value.column)
        if pair is None:
            return
        sent = {"Edm.Guid"} if pair.target else CONVERTERS[pair.how].wire
        if info.type not in sent:
            yield wrong_type(place, f"{find.entity}.{name}", value.column, info.type, sent)

    def _value(
        self,
        value: str | bool | int,
        section: str,
        name: str,
        info: FieldInfo,
        place: Place,
        entity: str = "",
    ) -> Misses:
        """A literal of the mapping: a member of the field's enumeration, or of its type."""
        known = self._members(section, name, info, entity)
        named = self._named(place, section, name, entity)
        if known is not None:
            if str(value) not in known.members:
                yield known.lacks(named, str(value), _("исправьте значение"))
        elif info.type not in fitting_types(value):
            yield wrong_type(place, named[1], str(value), info.type, fitting_types(value))

    def _members(
        self, section: str, name: str, info: FieldInfo, entity: str = ""
    ) -> _Members | None:
        told = self.published.enum_values(info.type)
        if told is not None:
            return _Members(tuple(told), TOLD_BY_BASE)
        facts = self.facts
        known = facts.members(entity or self.mapping.entity, section, name) if facts else None
        if facts is None or known is None or info.type != "Edm.String":
            return None
        return _Members(known, facts.known_as)

    def _named(self, place: Place, section: str, name: str, entity: str = "") -> tuple[Place, str]:
        return place, f"{entity or self._where(section)}.{name}"

    def _where(self, section: str) -> str:
        return f"{self.mapping.entity}.{section}" if section else self.mapping.entity

    def _no_set(self, place: Place, entity: str) -> ConfigurationError:
        return no_set(place, entity, self.published, self.facts)


def _fitting(pair: compiled.Pair) -> frozenset[str]:
    fitting = CONVERTERS[pair.how].wire
    for member in pair.ours_of:
        fitting &= fitting_types(member)
    return fitting


@dataclass(frozen=True, slots=True)
class _Members:
    """The members of an enumeration and who told them."""

    members: tuple[str, ...]
    source: str

    def lacks(self, named: tuple[Place, str], value: str, step: str) -> ConfigurationError:
        place, where = named
        return no_value(place, where, value, self.members, self.source, step)
