"""A statement of any length is read in memory that does not grow with it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from io import RawIOBase
from typing import Any

import pytest

from provodka.connectors.client_bank.files import MOST_SECTIONS, outline, pages
from provodka.foundation.errors import Misunderstood

HEAD = "1CClientBankExchange\nВерсияФормата=1.03\nКодировка=Windows\nРасчСчет=1\n".encode("cp1251")
DOCUMENT = (
    "СекцияДокумент=Платежное поручение\nНомер=1\nДата=10.03.2026\nСумма=1.00\n"
    "ПлательщикСчет=40702810600000001111\nПолучательСчет=40702810900000005555\n"
    "НазначениеПлатежа=Оплата по счету\nКонецДокумента\n"
).encode("cp1251")
SECTION = "СекцияРасчСчет\nРасчСчет=40702810900000005555\nКонецРасчСчет\n".encode("cp1251")
TAIL = "КонецФайла\n".encode("cp1251")


class Endless(RawIOBase):
    """A file that is made while it is read: a head, one part so many times, a tail."""

    def __init__(self, part: bytes, times: int) -> None:
        self._part, self._times = part, times
        self._parts = self._made()
        self._left = b""
        self._place = 0

    def _made(self) -> Iterator[bytes]:
        yield HEAD
        for _time in range(self._times):
            yield self._part
        yield TAIL

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, place: int, whence: int = 0) -> int:
        assert (place, whence) == (0, 0)
        self._parts, self._left, self._place = self._made(), b"", 0
        return 0

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < size and (part := next(self._parts, b"")):
            self._left += part
        told, self._left = self._left[:size], self._left[size:]
        self._place += len(told)
        return told

    read1 = read


def peak(times: int, part: bytes = DOCUMENT) -> int:
    """The most bytes that reading took, the documents let go of page by page."""
    handle: Any = Endless(part, times)
    tracemalloc.start()
    known = outline(handle, "выписка")
    read = sum(len(page) for page in pages(handle, "выписка", known, 50))
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (read, known.ended) == (times, True)
    return found


def test_memory_does_not_grow_with_the_number_of_documents() -> None:
    """From the length on at which every buffer is full."""
    peak(100)
    assert peak(1600) < peak(800) * 1.1


def test_pages_are_cut_by_their_bytes_too() -> None:
    """A few documents of a megabyte each are a page, however many documents it has room for."""
    large = DOCUMENT.replace(b"\n", b"\n" + b"X=" + b"y" * 60_000 + b"\n", 6)
    handle: Any = Endless(large, 30)
    found = [len(page) for page in pages(handle, "выписка", outline(handle, "выписка"))]
    assert sum(found) == 30
    assert max(found) < 15


def test_a_file_of_nothing_but_sections_is_refused_before_it_fills_the_memory() -> None:
    handle: Any = Endless(SECTION, MOST_SECTIONS + 1)
    with pytest.raises(Misunderstood) as told:
        outline(handle, "выписка")
    assert told.value.code == "too_many_sections"
