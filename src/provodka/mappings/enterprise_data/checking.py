"""A shape against the mapping it serves and the schemas of the format, at load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provodka.connectors.onec.enterprise_data.message import supported_versions
from provodka.connectors.onec.enterprise_data.schema import (
    ObjectType,
    Property,
    Schema,
    schema_of,
)
from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml
from provodka.foundation.nearest import nearest
from provodka.mappings import compiled
from provodka.mappings.enterprise_data.declaration import FieldShape, Shape
from provodka.mappings.enterprise_data.paths import alternatives, property_at, with_path
from provodka.mappings.enterprise_data.reading import KEYS, REFERENCE

__all__ = ["check_shape"]

Misses = Iterator[ConfigurationError]
Steps = tuple[str | int, ...]


def check_shape(
    file: LocatedYaml, shape: Shape, mapping: compiled.Mapping, *, named: bool
) -> list[ConfigurationError]:
    """Every path that no schema has, every field that the shape owes the mapping; maybe none.

    What is written, or `named` inside something written, must fill all that the format requires.
    """
    kinds = {kind for version in supported_versions() for kind in schema_of(version).kinds()}
    if shape.object not in kinds:
        return [
            file.error(
                "object",
                found=_("в формате нет объекта «{name}»").format(name=shape.object),
                expected=nearest(shape.object, kinds),
                next_step=_("исправьте имя объекта"),
                code="no_format_object",
            )
        ]
    check = _Check(file, shape, mapping)
    required = check.required() if named or mapping.writes else ()
    return [*check.paths(), *check.owed(), *required]


@dataclass(frozen=True, slots=True)
class _Check:
    file: LocatedYaml
    shape: Shape
    mapping: compiled.Mapping

    def paths(self) -> Misses:
        """Paths that are not in the schemas, and members that their elements cannot have."""
        yield from self._fields(("fields",), self.shape.object, self.shape.fields)
        for path in self.shape.written:
            yield from self._path(("written", path), self.shape.object, FieldShape(path=path))
        for name, sources in self.shape.sections.items():
            for index, source in enumerate(sources):
                at: Steps = ("sections", name, index)
                rows = FieldShape(path=source.rows)
                yield from self._path((*at, "rows"), self.shape.object, rows)
                for type_name in self._row_types(source.rows):
                    yield from self._fields((*at, "fields"), type_name, source.fields)

    def _row_types(self, path: str) -> list[str]:
        found = (
            property_at(schema_of(version), self.shape.object, path)
            for version in supported_versions()
        )
        return list(dict.fromkeys(one.type for one in found if one is not None))

    def _fields(self, at: Steps, type_name: str, fields: Mapping[str, FieldShape]) -> Misses:
        for name, shape in fields.items():
            yield from self._path((*at, name), type_name, shape)

    def _path(self, at: Steps, type_name: str, shape: FieldShape) -> Misses:
        known = set(supported_versions())
        if shape.since is not None and shape.since not in known:
            found, near = _("версия {version}").format(version=shape.since), sorted(known)
            yield self._miss(at, found, ", ".join(near), _("исправьте since"))
        having: set[str] = set()
        for path in shape.paths:
            versions = with_path(type_name, path)
            if not versions:
                yield self._no_path(at, type_name, path)
                return
            having |= set(versions)
        if shape.paths and shape.since is None and having != known:
            found = _("пути нет в версии {version}").format(version=min(known - having))
            step = _("добавьте второй путь или since")
            yield self._miss(at, found, _("путь в каждой версии"), step)
        yield from self._members(at, type_name, shape)

    def _members(self, at: Steps, type_name: str, shape: FieldShape) -> Misses:
        for version in supported_versions():
            schema = schema_of(version)
            members = self._enumeration(schema, type_name, shape)
            wrong = [one for one in shape.values or () if members and one not in members]
            unknown_everywhere = [one for one in wrong if not self._anywhere(type_name, shape, one)]
            for one in unknown_everywhere:
                found = _("значения «{name}» нет").format(name=one)
                yield self._miss(at, found, nearest(one, members), _("исправьте values"))

    def _anywhere(self, type_name: str, shape: FieldShape, member: str) -> bool:
        return any(
            member in self._enumeration(schema_of(version), type_name, shape)
            for version in supported_versions()
        )

    def _enumeration(self, schema: Schema, type_name: str, shape: FieldShape) -> tuple[str, ...]:
        for at in alternatives(schema, type_name, shape.paths).values():
            kind = schema.types[at.type]
            return () if isinstance(kind, ObjectType) else kind.facets.enumeration
        return ()

    def owed(self) -> Misses:
        """Fields that the mapping goes by and the shape does not have."""
        pairs = {pair.theirs: pair.place for pair in self.mapping.pairs if pair.theirs}
        pairs |= {name: place for name, _allowed, place in self.mapping.only}
        yield from self._absent(pairs, self.shape.fields)
        for part in self.mapping.parts:
            for section in part.sections:
                sources = self.shape.sections.get(section.theirs)
                if sources is None:
                    yield self._owed(section.theirs, section.place, self.shape.sections)
                for source in sources or ():
                    named = {pair.theirs: pair.place for pair in section.pairs if pair.theirs}
                    yield from self._absent(named, source.fields)
        if self.mapping.writes:
            said = {**self.shape.fields, **dict.fromkeys(self.shape.left_out)}
            constants = {name: place for name, _value, place in self.mapping.constants}
            yield from self._absent(constants, said)

    def _absent(self, named: Mapping[str, Place], there: Mapping[str, Any]) -> Misses:
        for name, place in named.items():
            if name not in there:
                yield self._owed(name, place, there)

    def _owed(self, name: str, place: Place, there: Mapping[str, Any]) -> ConfigurationError:
        return ConfigurationError(
            place,
            found=_("форма EnterpriseData {file} не знает поля «{name}»").format(
                file=self.file.path.name, name=name
            ),
            expected=nearest(name, list(there)),
            next_step=_("уберите поле из соответствия или обменивайтесь по OData"),
            code="no_shape",
        )

    def required(self) -> Misses:
        """Elements that the format requires and no field fills."""
        wanted = self.shape.object
        for version in supported_versions():
            schema = schema_of(version)
            filled = set(self.shape.written) | {f"{KEYS}/{REFERENCE}"}
            filled |= _filled(schema, wanted, self.shape.fields)
            below = "" if self.mapping.writes else KEYS
            yield from self._unfilled(schema, wanted, below, filled)

    def _unfilled(self, schema: Schema, type_name: str, below: str, filled: set[str]) -> Misses:
        kind = schema.object_type(type_name)
        for one in kind.properties:
            if below and one.name != below:
                continue
            for path in _required(schema, one, filled):
                found = _("обязательный элемент {path} ничем не заполнен").format(path=path)
                yield self._miss(("fields",), found, path, _("добавьте поле с этим путем"))

    def _no_path(self, at: Steps, type_name: str, path: str) -> ConfigurationError:
        names: set[str] = set()
        for version in supported_versions():
            kind = schema_of(version).types.get(type_name)
            if isinstance(kind, ObjectType):
                names |= {one.name for one in kind.properties}
        found = _("в схемах нет пути «{path}» у {object}").format(path=path, object=type_name)
        near = nearest(path.partition("/")[0], sorted(names))
        return self._miss(at, found, near, _("исправьте путь"))

    def _miss(self, at: Steps, found: str, expected: str, step: str) -> ConfigurationError:
        return self.file.error(
            *at, found=found, expected=expected, next_step=step, code="bad_shape"
        )


def _filled(schema: Schema, type_name: str, fields: Mapping[str, FieldShape]) -> set[str]:
    found: set[str] = set()
    for shape in fields.values():
        found |= set(list(alternatives(schema, type_name, shape.paths))[:1])
    return found


def _required(schema: Schema, at: Property, filled: set[str], path: str = "") -> Iterator[str]:
    """Required elements under one, itself included, that nothing fills."""
    here = f"{path}/{at.name}" if path else at.name
    inside = any(one.startswith(f"{here}/") for one in filled)
    if here in filled or not (at.minimum or inside):
        return
    kind = schema.types[at.type]
    if not isinstance(kind, ObjectType) or not inside:
        yield here
        return
    for one in kind.properties:
        yield from _required(schema, one, filled, here)
