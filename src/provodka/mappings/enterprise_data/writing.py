"""A row as OData would take it into an object of the format, by writers made once a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from provodka.connectors.onec.enterprise_data.schema import (
    ObjectType,
    Property,
    Schema,
    ValueType,
    schema_of,
)
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.mappings import compiled
from provodka.mappings.books import CURRENCIES
from provodka.mappings.enterprise_data.declaration import FieldShape, Shape, SourceShape
from provodka.mappings.enterprise_data.paths import alternatives, property_at, put
from provodka.mappings.enterprise_data.rates import element_of
from provodka.mappings.reader_base import EMPTY_GUID
from provodka.mappings.writers import EMPTY_DATE

__all__ = ["ObjectWriter", "References"]

Row = Mapping[str, Any]
Encode = Callable[[Any, "References"], Any]
EMPTY = frozenset({"", EMPTY_GUID, EMPTY_DATE})
ENTREPRENEUR_INN = 12


class References(Protocol):
    """What objects refer to, known by kind (`client`) and key."""

    def keys(self, kind: str, key: str) -> dict[str, Any]:
        """Key properties of an object: enough for the base to find it, or to create it."""
        ...

    def is_service(self, key: str) -> bool:
        """Whether a product is a service: services have rows of their own."""
        ...


@dataclass(frozen=True, slots=True)
class _Cell:
    """How one field is written: its name in the row, its path, and what its value becomes."""

    name: str
    path: str
    encode: Encode


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows written under one path: those of services, of goods, or all (None)."""

    path: str
    services: bool | None
    cells: Sequence[_Cell]


class ObjectWriter:
    """Writes objects of one mapping in one version of the format."""

    def __init__(self, mapping: compiled.Mapping, shape: Shape, version: str) -> None:
        self._shape = shape
        self._schema = schema_of(version)
        pairs = {pair.theirs: pair for pair in mapping.pairs if pair.theirs}
        self._cells = self._made(shape.object, shape.fields, pairs)
        self._sections = {
            section.theirs: self._sources(shape.sections[section.theirs], section)
            for part in mapping.parts
            for section in part.sections[:1]
        }
        self._product = {
            section.theirs: next((p.theirs for p in section.pairs if p.argument == "product"), "")
            for part in mapping.parts
            for section in part.sections
        }

    def write(self, row: Row, references: References) -> dict[str, Any]:
        """The object's value, as `encode_object` takes it, without its own reference.

        An empty value leaves its element out. Raises `Misunderstood` for a value that this version
        of the format cannot say, and whatever `references` raises.
        """
        value: dict[str, Any] = {}
        _fill(value, self._cells, row, references)
        for name, sources in self._sections.items():
            if name in row:
                self._write_rows(value, name, sources, row[name], references)
        for path, _rule in self._shape.written.items():
            put(value, path, legal_form(row.get("ИНН") or ""))
        return value

    def _write_rows(
        self,
        value: dict[str, Any],
        section: str,
        sources: Sequence[_Source],
        rows: Sequence[Row],
        references: References,
    ) -> None:
        product = self._product[section]
        for source in sources:
            written = []
            for row in rows:
                services = source.services
                if services is None or references.is_service(row[product]) is services:
                    line: dict[str, Any] = {}
                    _fill(line, source.cells, row, references)
                    written.append(line)
            if written:
                put(value, source.path, written)

    def _sources(
        self, sources: Sequence[SourceShape], section: compiled.Section
    ) -> Sequence[_Source]:
        pairs = {pair.theirs: pair for pair in section.pairs if pair.theirs}
        found = []
        for one in sources:
            at = property_at(self._schema, self._shape.object, one.rows)
            services = None if one.lines is None else one.lines == "services"
            if at is not None:
                found.append(_Source(one.rows, services, self._made(at.type, one.fields, pairs)))
        return found

    def _made(
        self,
        type_name: str,
        fields: Mapping[str, FieldShape],
        pairs: Mapping[str, compiled.Pair],
    ) -> list[_Cell]:
        cells = []
        for name, shape in fields.items():
            found = alternatives(self._schema, type_name, shape.paths)
            for path, at in list(found.items())[:1]:
                where = f"{self._shape.object}/{path}"
                encode = _encoder(self._schema, at, shape, pairs.get(name), where)
                cells.append(_Cell(name, path, encode))
        return cells


def _fill(target: dict[str, Any], cells: Sequence[_Cell], row: Row, references: References) -> None:
    for cell in cells:
        value = row.get(cell.name)
        if value is not None and not (value.__class__ is str and value in EMPTY):
            put(target, cell.path, cell.encode(value, references))


def legal_form(inn: str) -> str:
    """The member of `ЮридическоеФизическоеЛицо` that an ИНН tells: a person's has 12 digits."""
    return "ФизическоеЛицо" if len(inn) == ENTREPRENEUR_INN else "ЮридическоеЛицо"


def _encoder(
    schema: Schema, at: Property, shape: FieldShape, pair: compiled.Pair | None, where: str
) -> Encode:
    if pair is not None and "reference" in pair.how:
        kind = pair.argument
        return lambda value, references: references.keys(kind, value)
    if pair is not None and pair.how == "book":
        return lambda value, _references: _classified(value)
    if pair is not None and pair.how == "vat_rate":
        return _rate(schema, at, where)
    if shape.values is not None:
        members: dict[Any, str] = {}
        for member, ours in shape.values.items():
            members.setdefault(ours, member)
        return lambda value, _references: members.get(value, value)
    kind_of_value = schema.types[at.type]
    primitive = kind_of_value.primitive if isinstance(kind_of_value, ValueType) else "string"
    convert = _FROM_ROW.get(primitive, _as_it_is)
    return lambda value, _references: convert(value)


def _classified(code: str) -> dict[str, Any]:
    said = {"Код": code, "Наименование": CURRENCIES.get(code, code)}
    return {"ДанныеКлассификатора": said}


def _rate(schema: Schema, at: Property, where: str) -> Encode:
    kind = schema.types[at.type]
    structure = isinstance(kind, ObjectType)
    members = () if isinstance(kind, ObjectType) else kind.facets.enumeration

    def encode(rate: str, _references: References) -> Any:
        if not structure and rate not in members:
            raise Misunderstood(
                where,
                found=_("ставка {rate}").format(rate=rate),
                expected=", ".join(members),
                next_step=_("включите для этого обмена в 1С версию формата 1.21 или новее"),
                code="rate_not_in_version",
            )
        return element_of(rate, structure=structure)

    return encode


def _as_it_is(value: Any) -> Any:
    return value


_FROM_ROW: Mapping[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "int": int,
    "integer": int,
    "dateTime": datetime.fromisoformat,
    "date": lambda text: date.fromisoformat(text[:10]),
}
