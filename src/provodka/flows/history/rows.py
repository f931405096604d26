"""Rows of a file as values of a kind: the header found, each cell read, each row known again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.flows.history.files import SEPARATORS, RowFile
from provodka.flows.history.kinds import Column, Kind, header_key
from provodka.flows.history.values import Misread
from provodka.foundation.errors import ConfigurationError, Misunderstood
from provodka.foundation.i18n import _

__all__ = ["Layout", "Misfit", "Reading", "Row", "find_layout"]

REMEMBERED = 100_000
TOLD = 200
"""Characters of a cell that a message repeats."""
FAILED = frozenset(
    ("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#Н/Д", "#ССЫЛКА!",
     "#ИМЯ?", "#ЗНАЧ!", "#ДЕЛ/0!", "#ПУСТО!", "#ЧИСЛО!")
)  # fmt: skip
"""What spreadsheets show instead of the value of a formula, in both languages."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file's columns lie: where the header is, which cell is which column.

    `places` has a place for each column of the kind, None for one that the file lacks.
    """

    separator: str
    header: int
    titles: tuple[str, ...]
    places: tuple[int | None, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was understood: `values` in the order of the kind's columns.

    `key` is of its content, and of which one it is among rows alike.
    """

    number: int
    key: UUID
    values: tuple[Any, ...]
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A row that is set aside whole, and why."""

    number: int
    key: UUID
    cells: tuple[Any, ...]
    error: Misunderstood


def find_layout(file: RowFile, kind: Kind) -> Layout:
    """The header, wherever in the first rows it is, and the separator that makes one of it.

    Raises `ConfigurationError` where a required column is missing or named twice.
    """
    best: Layout | None = None
    for separator in ("",) if file.is_workbook else SEPARATORS:
        for number, cells in file.head(separator):
            found = _layout(kind, separator, number, cells)
            if best is None or _known(found) > _known(best):
                best = found
    if best is None:
        raise _no_header(file, kind, [one.told for one in kind.columns if one.required], ())
    missing = [
        one.told
        for one, place in zip(kind.columns, best.places, strict=True)
        if one.required and place is None
    ]
    if missing:
        raise _no_header(file, kind, missing, best.titles)
    _refuse_twins(file, kind, best)
    return best


def _refuse_twins(file: RowFile, kind: Kind, layout: Layout) -> None:
    """A header that stands over two columns names neither."""
    keys = [header_key(title) for title in layout.titles]
    twins = [
        column.told
        for column, place in zip(kind.columns, layout.places, strict=True)
        if place is not None and keys.count(keys[place]) > 1
    ]
    if twins:
        raise ConfigurationError(
            file.path.name,
            found=_("названы дважды: {names}").format(names=", ".join(twins)),
            expected=_("каждый столбец один раз"),
            next_step=_("переименуйте или уберите лишний столбец"),
            code="columns_twice",
        )


def _known(layout: Layout) -> int:
    return sum(place is not None for place in layout.places)


def _layout(kind: Kind, separator: str, number: int, cells: Sequence[Any]) -> Layout:
    titles = tuple("" if cell is None else str(_plain(cell)).strip() for cell in cells)
    keys = [header_key(title) for title in titles]
    taken: set[int] = set()
    places = []
    # The contract's own names first, so that a synonym never takes another column's header.
    exact = {header_key(one.name) for one in kind.columns}
    for column in kind.columns:
        place = _place(column, keys, taken, exact)
        places.append(place)
        taken |= {place} if place is not None else set()
    unknown = tuple(title for at, title in enumerate(titles) if title and at not in taken)
    return Layout(separator, number, titles, tuple(places), unknown)


def _place(column: Column, keys: Sequence[str], taken: set[int], exact: set[str]) -> int | None:
    own = header_key(column.name)
    if own in keys:
        return keys.index(own)
    for also in map(header_key, column.also):
        for at, key in enumerate(keys):
            if key == also and at not in taken and key not in exact:
                return at
    return None


def _no_header(
    file: RowFile, kind: Kind, missing: Sequence[str], titles: Sequence[str]
) -> ConfigurationError:
    return ConfigurationError(
        file.path.name,
        found=_("нет столбцов {missing}; есть {titles}").format(
            missing=", ".join(missing),
            titles=_short(", ".join(filter(None, titles))) or _("ничего"),
        ),
        expected=", ".join(one.told for one in kind.columns),
        next_step=_("назовите столбцы одним из этих имен; все — в docs/history-import.md"),
        code="no_columns",
    )


@dataclass(slots=True)
class Reading:
    """One passage through a file: rows as values, or why not."""

    file: RowFile
    kind: Kind
    layout: Layout
    zone: ZoneInfo
    _alike: Counter[bytes] = field(default_factory=Counter)
    _cells: list[tuple[int, int, Column, dict[Any, tuple[Any, str]]]] = field(default_factory=list)

    def rows(self) -> Iterator[Row | Misfit]:
        """Every row below the header, in order; the same file gives the same keys again."""
        self._alike.clear()
        columns = zip(self.layout.places, self.kind.columns, strict=True)
        self._cells = [
            (at, place, column, {})
            for at, (place, column) in enumerate(columns)
            if place is not None
        ]
        width = len(self.layout.titles)
        for number, cells in self.file.rows(self.layout.separator):
            if number > self.layout.header:
                yield self._row(number, cells, width)

    def _row(self, number: int, cells: Sequence[Any], width: int) -> Row | Misfit:
        here = len(cells)
        if here > width and any(cell not in (None, "") for cell in cells[width:]):
            error = self._wrong(number, "", _("значений больше, чем столбцов"), str(width))
            return self._misfit(number, cells, error)
        values: list[Any] = [None] * len(self.kind.columns)
        texts = ["None"] * len(values)
        for at, place, column, known in self._cells:
            cell = cells[place] if place < here else None
            read = known.get(cell)
            if read is None:
                try:
                    value = self._value(number, column, cell)
                except Misunderstood as error:
                    return self._misfit(number, cells, self._unclosed(number, cells) or error)
                read = value, repr(value)
                if len(known) < REMEMBERED:
                    known[cell] = read
            values[at], texts[at] = read
        said = "\x1f".join(texts).encode("utf-8", "replace")
        return Row(number, self._key(said), tuple(values), tuple(cells))

    def _value(self, number: int, column: Column, cell: Any) -> Any:
        said = cell.strip() if isinstance(cell, str) else cell
        if said in (None, ""):
            if column.required:
                raise self._wrong(number, column.name, _("пусто"), _("значение"))
            return None
        if isinstance(said, str) and not said.isprintable() and _is_broken(said):
            expected = self.file.encoding or _("текст")
            raise self._wrong(number, column.name, _("байты не этой кодировки"), expected)
        if said in FAILED:
            found = _("формула без значения: {said}").format(said=said)
            raise self._wrong(number, column.name, found, _("значение"))
        try:
            return column.read(said, self.zone)
        except Misread as error:
            found = f"«{_short(str(said))}»"
            raise self._wrong(number, column.name, found, error.expected) from None

    def _unclosed(self, number: int, cells: Sequence[Any]) -> Misunderstood | None:
        """What to say of a row that ends in lines of the file: a quotation mark has eaten them."""
        last = cells[-1]
        if self.file.is_workbook or len(cells) >= len(self.layout.titles) or "\n" not in last:
            return None
        lines = last.count("\n")
        found = _("кавычка не закрыта и поглотила строк файла: {count}").format(count=lines)
        return self._wrong(number, "", found, _("кавычки, которые закрыты"))

    def _wrong(self, number: int, column: str, found: str, expected: str) -> Misunderstood:
        where = _("{file}, строка {row}").format(file=self.file.path.name, row=number)
        if column:
            where = _("{row}, столбец {column}").format(row=where, column=self._title(column))
        return Misunderstood(
            where,
            found=found,
            expected=expected,
            next_step=_("исправьте строку и загрузите файл снова: принятое не удвоится"),
            code=f"bad_{column or 'row'}",
        )

    def _title(self, column: str) -> str:
        place = self.layout.places[self.kind.names.index(column)]
        title = self.layout.titles[place] if place is not None else column
        return title if title == column else f"{title} ({column})"

    def _misfit(self, number: int, cells: Sequence[Any], error: Misunderstood) -> Misfit:
        said = repr(tuple(cells)).encode("utf-8", "replace")
        return Misfit(number, self._key(said), tuple(cells), error)

    def refused(self, row: Row, column: str, found: str, expected: str) -> Misfit:
        """A row that was read, but says what cannot be."""
        return Misfit(
            row.number, row.key, row.cells, self._wrong(row.number, column, found, expected)
        )

    def told(self, misfit: Misfit) -> Mapping[str, Any]:
        """The row whole, as quarantine keeps it."""
        cells = {
            title or str(place + 1): _plain(cell)
            for place, (title, cell) in enumerate(_paired(self.layout.titles, misfit.cells))
        }
        return {"file": self.file.path.name, "row": misfit.number, "cells": cells}

    def _key(self, said: bytes) -> UUID:
        digest = blake2b(said, digest_size=16, person=self.kind.name[:16].encode()).digest()
        self._alike[digest] += 1
        count = self._alike[digest]
        if count > 1:
            digest = blake2b(digest + str(count).encode(), digest_size=16).digest()
        return UUID(bytes=digest)


def _is_broken(said: str) -> bool:
    return "\0" in said or any("\udc80" <= one <= "\udcff" for one in said)


def _short(said: str) -> str:
    return said if len(said) <= TOLD else f"{said[:TOLD]}…"


def _plain(cell: Any) -> Any:
    """A cell as JSON and the store can keep it; broken bytes as they would look."""
    if cell is None or isinstance(cell, bool | int):
        return cell
    said = str(cell).replace("\0", "\ufffd")
    return said.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _paired(titles: Sequence[str], cells: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for place in range(max(len(titles), len(cells))):
        title = titles[place] if place < len(titles) else ""
        yield title, cells[place] if place < len(cells) else None
