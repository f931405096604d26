"""An object of the format into a row as OData would have it, by a reader made once a mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from provodka.mappings import compiled
from provodka.mappings.enterprise_data.contact_rows import contact_rows
from provodka.mappings.enterprise_data.declaration import FieldShape, Shape, SourceShape
from provodka.mappings.enterprise_data.format_books import TOLD_BY
from provodka.mappings.enterprise_data.paths import Getter, getter
from provodka.mappings.enterprise_data.rates import kind_of, rate_of, told_by_sums
from provodka.mappings.reader_base import EMPTY_GUID
from provodka.mappings.writers import EMPTY_DATE, UNDEFINED

__all__ = ["KEYS", "REFERENCE", "RowReader", "row_reader"]

Row = dict[str, Any]
RowReader = Callable[[Mapping[str, Any]], Row]
Cells = list[tuple[str, Getter]]
KEYS = "КлючевыеСвойства"
REFERENCE = "Ссылка"
DIGEST_LENGTH = 24
TEXTS = frozenset({"text", "trimmed text", "comment", "inn", "kpp"})


def row_reader(mapping: compiled.Mapping, shape: Shape) -> RowReader:
    """A function from an object's value, as `Found` has it, to a row that `mapping` reads.

    The row has `DataVersion`: a digest of the whole object, since the format tells no versions.
    """
    cells = list(_header(mapping, shape))
    sections = [
        (section.theirs, [_source_reader(section, one) for one in shape.sections[section.theirs]])
        for part in mapping.parts
        for section in part.sections
    ]
    key_of = getter((f"{KEYS}/{REFERENCE}",))

    def read(value: Mapping[str, Any]) -> Row:
        row: Row = {
            "Ref_Key": (key_of(value) or "").lower(),
            "DataVersion": _digest(value),
            "DeletionMark": False,
        }
        for name, get in cells:
            row[name] = get(value)
        for name, sources in sections:
            lines = [line for source in sources for line in source(value)]
            for number, line in enumerate(lines, start=1):
                line["LineNumber"] = str(number)
            row[name] = lines
        return row

    return read


def _digest(value: Mapping[str, Any]) -> str:
    text = msgspec.json.encode(value)
    # Processors have instructions for this one.
    return hashlib.sha256(text).hexdigest()[:DIGEST_LENGTH]


def _header(mapping: compiled.Mapping, shape: Shape) -> Iterator[tuple[str, Getter]]:
    pairs = {pair.theirs: pair for pair in mapping.reading_pairs if pair.theirs}
    wanted = {*pairs, *(name for name, _allowed, _place in mapping.only)}
    wanted |= {mapping.marker} if mapping.marker else set()
    for name in shape.fields:
        if name in wanted:
            yield from _cells(name, shape.fields[name], pairs.get(name))


def _source_reader(
    section: compiled.Section, source: SourceShape
) -> Callable[[Mapping[str, Any]], Iterator[Row]]:
    pairs = {pair.theirs: pair for pair in section.pairs if pair.theirs}
    cells = [
        cell
        for name, shape in source.fields.items()
        if name in pairs
        for cell in _cells(name, shape, pairs[name])
    ]
    rows_at = getter((source.rows,))
    tests = [(getter((path,)), set(wanted), True) for path, wanted in source.only.items()]
    tests += [(getter((path,)), set(but), False) for path, but in source.except_.items()]

    def read(value: Mapping[str, Any]) -> Iterator[Row]:
        for line in rows_at(value) or ():
            if all((get(line) in members) is belongs for get, members, belongs in tests):
                yield {name: cell(line) for name, cell in cells}

    return read


def _cells(name: str, shape: FieldShape, pair: compiled.Pair | None) -> Cells:
    if shape.value is not None or shape.unsaid:
        constant = shape.default if shape.value is None else shape.value
        return [(name, lambda _value: constant)]
    get, how = getter(shape.paths), pair.how if pair else ""
    if pair is not None and how == "composite reference":
        key, wire_type = _reference(get, ""), pair.wire_type
        return [(name, key), (f"{name}_Type", lambda value: wire_type if key(value) else UNDEFINED)]
    if shape.as_ == "vat kind":
        return [(name, lambda value: kind_of(get(value)))]
    if shape.values is not None:
        return [(name, _member(get, shape.values, "" if shape.default is None else shape.default))]
    if pair is not None and how == "book":
        return [(name, _book(get, TOLD_BY[pair.argument]))]
    return [(name, _plain(get, how, shape.default))]


def _plain(get: Getter, how: str, default: Any) -> Getter:
    if how == "reference":
        return _reference(get, EMPTY_GUID)
    if how == "contact":
        return lambda value: contact_rows(get(value) or ())
    if how == "vat_rate":
        return _rate(get)
    if how in ("instant", "day"):
        return _date(get)
    if how in TEXTS or not how:
        return lambda value: get(value) or ""
    if default is None:
        return get
    return _member(get, {}, default)


def _reference(get: Getter, empty: str) -> Getter:
    """The identifier in key properties; where they have none, what no reader takes for a key."""

    def read(value: Any) -> str:
        keys = get(value)
        return empty if keys is None else keys.get(REFERENCE, "?").lower()

    return read


def _member(get: Getter, values: Mapping[str, Any], default: Any) -> Getter:
    def read(value: Any) -> Any:
        said = get(value)
        return default if said is None else values.get(said, said)

    return read


def _book(get: Getter, told_by: str) -> Getter:
    def read(value: Any) -> str:
        item = get(value)
        told = item["ДанныеКлассификатора"].get(told_by) if item is not None else None
        return told or EMPTY_GUID

    return read


def _date(get: Getter) -> Getter:
    def read(value: Any) -> str:
        said = get(value)
        return EMPTY_DATE if said is None else said.isoformat()

    return read


def _rate(get: Getter) -> Getter:
    def read(line: Any) -> str:
        said = rate_of(get(line))
        return said or told_by_sums(line.get("Сумма"), line.get("СуммаНДС"))

    return read
