"""A file of rows, whatever program saved it: its kind, encoding and separator told by its bytes."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from provodka.foundation.errors import Misunderstood, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["SEPARATORS", "RowFile", "open_rows"]

SEPARATORS = (";", ",", "\t", "|")
CHUNK = 1 << 20
LONGEST = 1 << 20
"""Characters in one cell: more is an unclosed quotation mark."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BROKEN_AT_MOST = 20
"""One broken byte in so many of UTF-8 is damage; more, and the text is not UTF-8 at all."""

Rows = Iterator[tuple[int, Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file that may be read again and again; `digest` is of its bytes.

    `encoding` is empty for a workbook, whose cells are values already.
    """

    path: Path
    digest: str
    encoding: str

    @property
    def is_workbook(self) -> bool:
        """Whether this is XLSX."""
        return not self.encoding

    def rows(self, separator: str = "") -> Rows:
        """Each row's number in the file (from 1) and its cells; empty rows are left out."""
        return _workbook(self.path) if self.is_workbook else self._texts(separator)

    def head(self, separator: str = "", most: int = 20) -> list[tuple[int, Sequence[Any]]]:
        """The first rows, to look for the header in."""
        return list(islice(self.rows(separator), most))

    def _texts(self, separator: str) -> Rows:
        csv.field_size_limit(LONGEST)
        with self.path.open(encoding=self.encoding, errors="surrogateescape", newline="") as lines:
            reader = csv.reader(lines, delimiter=separator)
            before = 0
            try:
                for cells in reader:
                    number, before = before + 1, reader.line_num
                    if any(cells) and not _is_hint(cells, number):
                        yield number, cells
            except csv.Error as error:
                raise self.unreadable(before + 1, error) from None

    def unreadable(self, number: int, error: Exception) -> Misunderstood:
        """What to say when the rest of the file cannot be cut into cells."""
        return Misunderstood(
            _("{file}, строка {row}").format(file=self.path.name, row=number),
            found=_("строка не делится на столбцы: {said}").format(said=error),
            expected=_("кавычки, которые закрыты"),
            next_step=_("исправьте строку и загрузите файл снова: принятое не удвоится"),
            code="broken_row",
        )


def open_rows(path: Path) -> RowFile:
    """Look at the bytes of a file. Raises `SystemUnavailable` where it cannot be read."""
    try:
        with path.open("rb") as file:
            first = file.read(CHUNK)
            digest = hashlib.file_digest(_from_start(file), "sha256").hexdigest()
            workbook = first.startswith(b"PK\x03\x04")
            encoding = "" if workbook else _encoding(first, _from_start(file))
    except OSError as error:
        raise SystemUnavailable(
            str(path),
            found=str(error.strerror or error),
            expected=_("файл CSV или XLSX, который можно прочитать"),
            next_step=_("проверьте имя файла и права на него"),
            code="no_file",
        ) from None
    return RowFile(path, digest, encoding)


def _from_start(file: Any) -> Any:
    file.seek(0)
    return file


def _encoding(first: bytes, file: io.BufferedIOBase) -> str:
    for mark, name in BOMS:
        if first.startswith(mark):
            return name
    start = first[:4096]
    if 0 in start:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    return "utf-8" if _is_utf8(file) else "cp1251"


def _is_utf8(file: io.BufferedIOBase) -> bool:
    """Whether the bytes above ASCII make UTF-8, a damaged one here and there aside."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    high = broken = 0
    while chunk := file.read(CHUNK):
        broken += decoder.decode(chunk).count("\ufffd")
        high += len(chunk) - len(chunk.translate(None, bytes(range(128, 256))))
    broken += decoder.decode(b"", final=True).count("\ufffd")
    return broken * BROKEN_AT_MOST <= high


def _is_hint(cells: Sequence[str], number: int) -> bool:
    """The line `sep=;` that a spreadsheet puts before everything."""
    return number == 1 and cells[0].lower().startswith("sep=")


def _workbook(path: Path) -> Rows:
    from zipfile import BadZipFile

    import openpyxl

    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except (BadZipFile, KeyError, ValueError) as error:
            raise Misunderstood(
                path.name,
                found=_("книга не открывается: {said}").format(said=error),
                expected=_("файл XLSX"),
                next_step=_("сохраните книгу заново или как CSV"),
                code="broken_workbook",
            ) from None
        try:
            sheet = book.worksheets[0]
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                if any(cell not in (None, "") for cell in cells):
                    yield number, cells
        finally:
            book.close()
