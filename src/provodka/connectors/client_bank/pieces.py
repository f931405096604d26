"""The walk through a file's lines: header, sections, documents, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO

from provodka.connectors.client_bank.encodings import Judged, judge
from provodka.connectors.client_bank.fields import Wrong
from provodka.connectors.client_bank.keys import (
    DOCUMENT,
    DOCUMENT_END,
    END,
    FIRST_LINE,
    PURPOSE,
    SECTION,
    SECTION_END,
)
from provodka.connectors.client_bank.lines import Line, numbered_lines
from provodka.connectors.client_bank.understanding import document_of, header_of, section_of
from provodka.connectors.client_bank.values import BadSection, Header, Note, Piece
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["NO_END", "pieces"]

NO_END = "no_end"
MOST_LINES = 400
ENDS = {SECTION: SECTION_END, DOCUMENT: DOCUMENT_END}
SHOWN = 60


def pieces(
    handle: BinaryIO, where: str, judged: Judged | None = None, *, documents: bool = True
) -> Iterator[Piece]:
    """The header first, then sections, documents, bad sections and notes in the file's order.

    The handle must be seekable: where nobody has `judged` the encoding, it is judged by the whole
    file beforehand. With `documents` false they are passed over unread, which is five times
    quicker. A note `no_end` comes last where КонецФайла is missing. Raises `Misunderstood` before
    anything is yielded if the first line is not that of the format.
    """
    judged = judged or judge(handle)
    handle.seek(0)
    with closing(numbered_lines(handle, judged)) as lines:
        first = next(lines, None)
        if first is None or first.text.casefold() != FIRST_LINE.casefold():
            raise _not_a_statement(where, first.text[:SHOWN] if first else "")
        yield from _Walk(judged, documents).through(lines)


def _not_a_statement(where: str, first: str) -> Misunderstood:
    return Misunderstood(
        where,
        found=_("первая строка «{text}»").format(text=first),
        expected=_("первая строка {name}").format(name=FIRST_LINE),
        next_step=_("выгрузите выписку из банка для 1С: текстовый файл обмена"),
        code="not_a_statement",
    )


@dataclass
class _Walk:
    """Where the walk stands: in the header, in a section, or between sections."""

    judged: Judged
    documents: bool = True
    in_header: bool = True
    begun: Line | None = None
    held: list[Line] = field(default_factory=list)
    overflowed: bool = False

    def through(self, lines: Iterator[Line]) -> Iterator[Piece]:
        """Every piece, to the end of the file."""
        for line in lines:
            if line.key == END and line.value is None:
                yield from self._close()
                yield from self._behind(lines)
                return
            yield from self._step(line)
        yield from self._close()
        yield Note(0, NO_END, _("нет строки КонецФайла: файл, возможно, передан не до конца"))

    def _step(self, line: Line) -> Iterator[Piece]:
        if line.key in ENDS:
            yield from self._close()
            self.begun = line
        elif line.key in ENDS.values() and line.value is None:
            yield from self._end(line)
        elif self.begun is None and not self.in_header:
            told = _("строка вне секций: «{text}»").format(text=line.text[:SHOWN])
            yield Note(line.number, "outside", told)
        else:
            self._hold(line)

    @property
    def _passing(self) -> bool:
        """Whether this is a document that nobody asks for."""
        return not self.documents and self.begun is not None and self.begun.key == DOCUMENT

    def _hold(self, line: Line) -> None:
        if self._passing:
            return
        if len(self.held) < MOST_LINES:
            self.held.append(line)
        else:
            self.overflowed = True

    def _end(self, line: Line) -> Iterator[Piece]:
        if self.begun is not None and ENDS[self.begun.key] == line.key:
            if not self._passing:
                yield self._understood(self.begun)
            self._forget()
            return
        told = _("{key} без начала секции").format(key=line.key)
        yield from self._close()
        yield Note(line.number, "stray_end", told)

    def _close(self) -> Iterator[Piece]:
        """End the header, or give up a section that was not ended."""
        if self.in_header:
            self.in_header = False
            yield self._header()
        elif self.begun is not None and not self._passing:
            found = _("секция начата и не закончена")
            expected = _("строка {end}").format(end=ENDS[self.begun.key])
            yield self._bad(Wrong(self.begun.number, "unfinished", found, expected))
        self._forget()

    def _forget(self) -> None:
        self.begun, self.held, self.overflowed = None, [], False

    def _header(self) -> Header:
        """The header, or as much as can be said when its lines contradict each other."""
        try:
            return header_of(self._joined(), self.judged)
        except Wrong as wrong:
            note = Note(wrong.line, wrong.code, wrong.found)
            return Header(encoding=self.judged.name, notes=(note,))

    def _understood(self, begun: Line) -> Piece:
        try:
            if self.overflowed:
                expected = _("не больше {most} строк").format(most=MOST_LINES)
                found = _("в секции слишком много строк")
                raise Wrong(begun.number, "too_long", found, expected)
            lines = self._joined()
            if begun.key == SECTION:
                return section_of(begun.number, lines)
            return document_of(begun.value or "", begun.number, lines)
        except Wrong as wrong:
            return self._bad(wrong)

    def _joined(self) -> list[Line]:
        """The lines of a section, a purpose that runs over several of them in one."""
        joined: list[Line] = []
        for line in self.held:
            _check(line, pairs_only=self.begun is not None and not _runs_on(joined))
            if line.value is None and _runs_on(joined):
                last = joined.pop()
                value = f"{last.value} {line.text}".strip()
                joined.append(Line(last.number, last.text, last.key, value))
            else:
                joined.append(line)
        return joined

    def _bad(self, wrong: Wrong) -> BadSection:
        begun = self.begun
        lines = [begun, *self.held] if begun else self.held
        raw = "\n".join(line.text for line in lines)
        first = begun.number if begun else wrong.line
        return BadSection(first, wrong.line, wrong.code, wrong.found, wrong.expected, raw)

    def _behind(self, lines: Iterator[Line]) -> Iterator[Piece]:
        """What stands behind the file's end is not lost silently: one bad section holds it."""
        for line in lines:
            self._hold(line)
        if self.held:
            found = _("строки после КонецФайла")
            first = self.held[0].number
            yield self._bad(Wrong(first, "behind_end", found, _("конец файла")))


def _runs_on(joined: list[Line]) -> bool:
    return bool(joined) and joined[-1].key == PURPOSE


def _check(line: Line, *, pairs_only: bool) -> None:
    if line.cut:
        found, expected = _("строка слишком длинная"), _("строки короче 65 536 знаков")
        raise Wrong(line.number, "long_line", found, expected)
    if pairs_only and line.value is None:
        found = f"«{line.text[:SHOWN]}»"
        raise Wrong(line.number, "not_a_pair", found, _("строка вида Ключ=Значение"))
