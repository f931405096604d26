"""A statement of any length: first what it says of itself, then its documents page by page.

The file is read twice. Whose accounts it is about, what the bank's sums are, and whether it has
its last line is known before the first document is, so that a file can be refused whole while
nothing of it has been stored. Neither reading holds more than two pages.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from provodka.connectors.client_bank.encodings import Judged, judge
from provodka.connectors.client_bank.pieces import NO_END, pieces
from provodka.connectors.client_bank.values import (
    AccountSection,
    BadSection,
    Header,
    Note,
    PaymentDocument,
    Piece,
    accounts_of,
)
from provodka.foundation.errors import Misunderstood, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["PAGE", "Outline", "Page", "StatementFile", "outline", "pages", "reading"]

MOST_SECTIONS = 20_000
PAGE = 500
"""Documents that are stored together."""
PAGE_BYTES = 1 << 22
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Outline:
    """What must be known of a file before its documents; `ended`: it has its line КонецФайла."""

    judged: Judged
    header: Header
    sections: tuple[AccountSection, ...]
    ended: bool

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that the file is about."""
        return accounts_of(self.header, self.sections)


@dataclass(slots=True)
class Page:
    """Some hundreds of documents in the file's order, with the bad sections and notes by them."""

    documents: list[PaymentDocument] = field(default_factory=list)
    bad: list[BadSection] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    last: bool = False

    def __len__(self) -> int:
        return len(self.documents) + len(self.bad)

    def add(self, piece: Piece) -> None:
        """Take one more piece; the header and the sections are the outline's."""
        match piece:
            case PaymentDocument():
                self.documents.append(piece)
            case BadSection():
                self.bad.append(piece)
            case Note():
                self.notes.append(piece)


def outline(handle: BinaryIO, where: str) -> Outline:
    """What a file says of itself, its documents passed over.

    Raises `Misunderstood` if it is no such file or tells of more than 20,000 days of accounts.
    """
    judged = judge(handle)
    header, ended = Header(), True
    sections: list[AccountSection] = []
    for piece in pieces(handle, where, judged, documents=False):
        match piece:
            case Header():
                header = piece
            case AccountSection():
                sections.append(piece)
            case Note(code=code) if code == NO_END:
                ended = False
        if len(sections) > MOST_SECTIONS:
            raise _too_many(where)
    return Outline(judged, header, tuple(sections), ended)


def pages(handle: BinaryIO, where: str, known: Outline, most: int = PAGE) -> Iterator[Page]:
    """The documents in pages of at most so many, or 4 MiB of the file; at least one page."""
    page, begun = Page(), 0
    for piece in pieces(handle, where, known.judged):
        if len(page) >= most or handle.tell() - begun > PAGE_BYTES:
            yield page
            page, begun = Page(), handle.tell()
        page.add(piece)
    page.last = True
    yield page


class StatementFile:
    """An open file of a bank. Every method raises `SystemUnavailable` where it cannot be read."""

    def __init__(self, path: Path, handle: BinaryIO) -> None:
        self.path = path
        self._handle = handle
        self._stamp = self._stamped()

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[StatementFile]:
        """Open a file for as long as the block lasts."""
        with reading(path):
            handle = path.open("rb")
        with handle:
            yield cls(path, handle)

    def digest(self) -> str:
        """A digest of the file's bytes."""
        digest = hashlib.blake2b(digest_size=20)
        with reading(self.path):
            self._handle.seek(0)
            while chunk := self._handle.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def outline(self) -> Outline:
        """What the file says of itself. Raises `Misunderstood`."""
        with reading(self.path):
            return outline(self._handle, str(self.path))

    def pages(self, known: Outline, most: int = PAGE) -> Iterator[Page]:
        """The documents page by page; none of a file that somebody has changed meanwhile."""
        with reading(self.path):
            for page in pages(self._handle, str(self.path), known, most):
                if self._stamped() != self._stamp:
                    raise _changed(self.path)
                yield page

    def _stamped(self) -> tuple[int, int]:
        stat = os.fstat(self._handle.fileno())
        return stat.st_size, stat.st_mtime_ns


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tell what the system says of a file that cannot be read as `SystemUnavailable`."""
    try:
        yield
    except OSError as error:
        raise SystemUnavailable(
            str(path),
            found=_("файл не читается: {reason}").format(reason=error.strerror),
            expected=_("файл выписки, доступный на чтение"),
            next_step=_("проверьте путь и права на файл"),
            code="bank_file_unreadable",
        ) from error


def _changed(path: Path) -> SystemUnavailable:
    return SystemUnavailable(
        str(path),
        found=_("файл изменился, пока его читали"),
        expected=_("файл, который уже дописан"),
        next_step=_("ничего не делайте: когда файл допишут, он будет принят заново целиком"),
        code="bank_file_changed",
    )


def _too_many(where: str) -> Misunderstood:
    return Misunderstood(
        where,
        found=_("секций {name} больше {most}").format(name="СекцияРасчСчет", most=MOST_SECTIONS),
        expected=_("по одной секции на счет и день"),
        next_step=_("запросите в банке выписку за меньший срок"),
        code="too_many_sections",
    )
