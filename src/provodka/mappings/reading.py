"""Wire rows of a page into rows of the store: understood, waiting, or misunderstood."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, NamedTuple
from uuid import UUID

from provodka.foundation.errors import Misunderstood
from provodka.mappings import compiled
from provodka.mappings.books import NO_BOOKS, Books
from provodka.mappings.explaining import explain
from provodka.mappings.reader_base import EMPTY_GUID, TROUBLES, NotHere, Page, Reader, is_key
from provodka.mappings.readers import reader_of

__all__ = [
    "Misread",
    "PageReading",
    "Reading",
    "Waiting",
    "as_dict",
    "in_order",
    "read_page",
    "references",
]


# Line numbers come as text; comparing text is several times cheaper than int().
_NUMBERS = tuple(str(number) for number in range(1, 1001))


class Reading(NamedTuple):
    """One understood document.

    `values` follow `mapping.columns`; each row of a part follows
    `mapping.part_columns[part]`, `line` (1..n) first. `as_dict` names them.
    """

    external_key: str
    external_version: str
    deleted: bool
    values: tuple[Any, ...]
    parts: dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document whose parent is not in the store yet: park it under the parent's key."""

    external_key: str
    payload: Any
    parent_kind: str
    parent_key: str


@dataclass(frozen=True, slots=True)
class Misread:
    """A document to set aside; `error` says which field is wrong and what was expected.

    A row without a usable key goes under `unkeyed-` and a hash of its content.
    """

    external_key: str
    payload: Any
    error: Misunderstood


@dataclass(slots=True)
class PageReading:
    """What became of each row; `skipped` are the keys that do not concern the hub."""

    understood: list[Reading] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    misunderstood: list[Misread] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


class _Skipped(Exception):
    pass


def references(mapping: compiled.Mapping, rows: Iterable[Any]) -> set[tuple[str, str]]:
    """Every `(kind, external key)` that the rows refer to: what `known` should answer.

    Rows of any shape are taken; those that make no sense refer to nothing.
    """
    found: set[tuple[str, str]] = set()
    documents = [row for row in rows if isinstance(row, dict)]
    for pair in _referring(mapping.reading_pairs):
        found |= _referred(pair, documents)
    for part in mapping.parts:
        for section in part.sections:
            sections = (row.get(section.theirs) for row in documents)
            lines = [
                line
                for section_lines in sections
                if isinstance(section_lines, list)
                for line in section_lines
                if isinstance(line, dict)
            ]
            for pair in _referring(section.pairs):
                found |= _referred(pair, lines)
    return found


def _referring(pairs: Iterable[compiled.Pair]) -> list[tuple[str, str, str, str]]:
    return [
        (pair.theirs, pair.argument, *_type_field(pair))
        for pair in pairs
        if pair.reads and pair.how in ("reference", "composite reference")
    ]


def _type_field(pair: compiled.Pair) -> tuple[str, str]:
    return (f"{pair.theirs}_Type", pair.wire_type) if "composite" in pair.how else ("", "")


def _referred(
    pair: tuple[str, str, str, str], rows: Sequence[dict[str, Any]]
) -> set[tuple[str, str]]:
    name, kind, type_name, wanted = pair
    values = [row.get(name) for row in rows if not type_name or row.get(type_name) == wanted]
    keys = {value for value in values if value.__class__ is str}
    return {(kind, key) for key in keys if key != EMPTY_GUID and is_key(key)}


def read_page(
    mapping: compiled.Mapping,
    rows: Iterable[Any],
    known: Mapping[tuple[str, str], UUID],
    zone: tzinfo,
    books: Books = NO_BOOKS,
) -> PageReading:
    """Read the rows of a page; no row, whatever its shape, stops the others.

    `known` answers `references`; `zone` is the base's own, since 1C dates carry
    none; `books` are those in `mapping.books`, read by `read_book`.
    """
    page = Page(known, zone, books)
    read = _document_reader(mapping, page)
    result = PageReading()
    understood = result.understood.append
    for row in rows:
        try:
            understood(read(row))
        except _Skipped:
            result.skipped.append(row["Ref_Key"])
        except TROUBLES:
            _set_aside(result, mapping, page, row)
    return result


def as_dict(
    mapping: compiled.Mapping, reading: Reading
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """The values of a reading by column, and its parts as lists of such rows."""
    columns = mapping.part_columns
    parts = {
        part: [dict(zip(columns[part], row, strict=True)) for row in rows]
        for part, rows in reading.parts.items()
    }
    return dict(zip(mapping.columns, reading.values, strict=True)), parts


def _document_reader(mapping: compiled.Mapping, page: Page) -> Callable[[Any], Reading]:
    header = [reader_of(pair, page) for pair in mapping.reading_pairs]
    only = [(name, allowed) for name, allowed, _place in mapping.only]
    parts = [(part.name, _part_reader(part, page)) for part in mapping.parts]

    def read(row: Any) -> Reading:
        key, version, deleted = row["Ref_Key"], row["DataVersion"], row["DeletionMark"]
        if not is_key(key) or deleted.__class__ is not bool:
            raise TypeError
        if version.__class__ is not str or not version.isprintable():
            raise TypeError
        for name, allowed in only:
            if row[name] not in allowed:
                raise _Skipped
        return Reading(
            key,
            version,
            deleted,
            tuple([read_field(row) for read_field in header]),
            {name: read_part(row) for name, read_part in parts},
        )

    return read


def _part_reader(part: compiled.Part, page: Page) -> Callable[[Any], list[tuple[Any, ...]]]:
    sections = [(section.theirs, _row_readers(part, section, page)) for section in part.sections]

    def read(row: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        number = 0
        for name, readers in sections:
            for line in in_order(row[name]):
                number += 1
                found.append((number, *[read_field(line) for read_field in readers]))
        return found

    return read


def _row_readers(part: compiled.Part, section: compiled.Section, page: Page) -> list[Reader]:
    pairs = {pair.ours: pair for pair in section.pairs if pair.reads}
    return [
        reader_of(pairs[column], page) if column in pairs else _nothing for column in part.columns
    ]


def _nothing(_row: Any) -> None:
    return None


def in_order(lines: Any) -> Sequence[Any]:
    """The rows of a tabular section by their `LineNumber`; a `TypeError` if it is no list."""
    if lines.__class__ is not list:
        raise TypeError
    if len(lines) <= len(_NUMBERS):
        for line, number in zip(lines, _NUMBERS, strict=False):
            if line["LineNumber"] != number:
                break
        else:
            return lines
    return sorted(lines, key=lambda line: int(line["LineNumber"]))


def _set_aside(result: PageReading, mapping: compiled.Mapping, page: Page, row: Any) -> None:
    error = explain(mapping, page, row)
    if isinstance(error, NotHere):
        result.waiting.append(Waiting(row["Ref_Key"], row, error.kind, error.key))
    else:
        result.misunderstood.append(Misread(_key_of(row), row, error))


def _key_of(row: Any) -> str:
    key = row.get("Ref_Key") if isinstance(row, Mapping) else None
    if is_key(key):
        return key
    return f"unkeyed-{hashlib.sha256(repr(row).encode('utf-8', 'replace')).hexdigest()[:12]}"
