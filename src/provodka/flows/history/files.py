"""A file of rows, whatever program saved it: its kind, encoding and separator told by its bytes."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

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
WIDE_AT_LEAST = 20
"""One zero byte in so many tells text of two bytes a letter: its marks and digits have them."""
NOT_ROWS = ((b"\xd0\xcf\x11\xe0", "XLS"), (b"%PDF", "PDF"))
"""What Excel 97 or a password, and a printer, make: how the file begins, and what it is."""
BROKEN_AT_MOST = 20
"""One broken byte in so many of UTF-8 is damage; more, and the text is not UTF-8 at all."""

SHEET = re.compile(r'<(?:\w+:)?sheet\s[^>]*?\bname="([^"]*)"')
TORN = (BadZipFile, zlib.error, SyntaxError, EOFError, OSError, LookupError, ValueError,
        AttributeError, TypeError)  # fmt: skip
"""What openpyxl raises for a workbook that is damaged, or is none."""

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

    def left_sheets(self) -> tuple[str, ...]:
        """The sheets of a workbook that nobody reads: all behind the first."""
        if not self.is_workbook:
            return ()
        try:
            with ZipFile(self.path) as parts:
                told = parts.read("xl/workbook.xml").decode("utf-8", "replace")
        except (BadZipFile, KeyError, OSError):
            return ()
        return tuple(unescape(name) for name in SHEET.findall(told))[1:]

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
            except (csv.Error, UnicodeError) as error:
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
    """Look at the bytes of a file.

    Raises `SystemUnavailable` where it cannot be read, `Misunderstood` for what is neither text
    nor XLSX.
    """
    try:
        with path.open("rb") as file:
            first = file.read(CHUNK)
            digest = hashlib.file_digest(_from_start(file), "sha256").hexdigest()
            workbook = first.startswith(b"PK\x03\x04")
            _refuse(path, first)
            encoding = "" if workbook else _encoding(first, _from_start(file))
    except OSError as error:
        raise SystemUnavailable(
            str(path),
            found=_trouble(error),
            expected=_("файл CSV или XLSX, который можно прочитать"),
            next_step=_("проверьте имя файла и права на него"),
            code="no_file",
        ) from None
    return RowFile(path, digest, encoding)


def _trouble(error: OSError) -> str:
    told = {
        FileNotFoundError: _("такого файла нет"),
        IsADirectoryError: _("это папка"),
        PermissionError: _("нет права его читать"),
    }
    return told.get(type(error)) or str(error.strerror or error)


def _refuse(path: Path, first: bytes) -> None:
    for mark, name in NOT_ROWS:
        if first.startswith(mark):
            raise Misunderstood(
                path.name,
                found=_("файл {name}").format(name=name),
                expected=_("CSV или XLSX без пароля"),
                next_step=_("откройте его в своей программе и сохраните как XLSX или CSV"),
                code="not_rows",
            )


def _from_start(file: Any) -> Any:
    file.seek(0)
    return file


def _encoding(first: bytes, file: io.BufferedIOBase) -> str:
    for mark, name in BOMS:
        if first.startswith(mark):
            return name
    start = first[:4096]
    if start.count(0) * WIDE_AT_LEAST > len(start):
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
    """The cells of the first sheet, wherever its program says that it ends."""
    import openpyxl

    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                sheet = book.worksheets[0]
                sheet.reset_dimensions()
                for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                    if any(cell not in (None, "") for cell in cells):
                        yield number, cells
            finally:
                book.close()
        except TORN as error:
            raise Misunderstood(
                path.name,
                found=_("книга не открывается: {said}").format(said=error),
                expected=_("файл XLSX"),
                next_step=_("сохраните книгу заново или как CSV"),
                code="broken_workbook",
            ) from None
