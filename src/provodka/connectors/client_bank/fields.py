"""The keys of one section, taken one by one; what nobody takes is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from provodka.connectors.client_bank.keys import canonical
from provodka.connectors.client_bank.lines import Line
from provodka.connectors.client_bank.scalars import Unreadable, read_amount, read_day
from provodka.connectors.client_bank.values import Note
from provodka.foundation.i18n import _

__all__ = ["Fields", "Wrong"]


class Wrong(ValueError):
    """What makes a whole section useless: the line, an English slug, words for people."""

    def __init__(self, line: int, code: str, found: str, expected: str) -> None:
        super().__init__(line, code)
        self.line = line
        self.code = code
        self.found = found
        self.expected = expected


class Fields:
    """Keys and values of a section; `notes` gathers what is odd.

    The same key twice with the same value counts once; with two values it is `Wrong`, unless
    nobody asks for that key.
    """

    def __init__(self, first: int, lines: Sequence[Line]) -> None:
        self.first = first
        self.notes: list[Note] = []
        self._lines: dict[str, list[Line]] = {}
        self._taken: set[str] = set()
        for line in lines:
            self._lines.setdefault(line.key, []).append(line)

    def note(self, line: int, code: str, text: str) -> None:
        """Remember something odd."""
        self.notes.append(Note(line, code, text))

    def line_of(self, key: str) -> int:
        """Where a key stands, or where the section begins."""
        return self._lines[key][0].number if key in self._lines else self.first

    def text(self, key: str) -> str:
        """The value of a key, empty if it is absent. Raises `Wrong` for two different ones."""
        self._taken.add(key)
        found = self._lines.get(key, [])
        values = dict.fromkeys(one.value or "" for one in found)
        if len(values) > 1:
            raise Wrong(
                found[1].number,
                "duplicate_key",
                _("ключ {key} повторен с другим значением").format(key=key),
                _("одно значение"),
            )
        return next(iter(values), "")

    def every(self, key: str) -> tuple[str, ...]:
        """All values of a key that may repeat, in their order, empty ones left out."""
        self._taken.add(key)
        values = (one.value for one in self._lines.get(key, ()))
        return tuple(dict.fromkeys(value for value in values if value))

    def amount(self, key: str) -> Decimal | None:
        """A sum, None where there is none. Raises `Wrong`."""
        text = self.text(key)
        if not text:
            return None
        try:
            read = read_amount(text)
        except Unreadable as error:
            raise self._wrong(key, "bad_amount", error) from None
        if read.odd:
            told = _("{key}: «{text}» прочитано как {value}")
            self.note(self.line_of(key), "odd_amount", told.format(
                key=key, text=text, value=read.value))  # fmt: skip
        return read.value

    def day(self, key: str, *, lenient: bool = False) -> date | None:
        """A day, None where there is none. Raises `Wrong`; if `lenient`, only remarks on it."""
        text = self.text(key)
        if not text:
            return None
        try:
            read = read_day(text)
        except Unreadable as error:
            wrong = self._wrong(key, "bad_date", error)
            if not lenient:
                raise wrong from None
            self.note(wrong.line, "bad_date", wrong.found)
            return None
        if read.odd:
            told = _("{key}: «{text}» прочитано как дата в порядке год-месяц-день")
            self.note(self.line_of(key), "odd_date", told.format(key=key, text=text))
        return read.value

    def rest(self) -> tuple[tuple[str, str], ...]:
        """Keys that nobody has taken, with their values, in the file's order."""
        left = [
            line for key, lines in self._lines.items() if key not in self._taken for line in lines
        ]
        in_order = sorted(left, key=lambda line: line.number)
        return tuple((line.key, line.value or "") for line in in_order)

    def put_back(self, key: str) -> None:
        """Leave a key that was looked at to `rest`."""
        self._taken.discard(canonical(key))

    def _wrong(self, key: str, code: str, error: Unreadable) -> Wrong:
        found = _("{key}: «{text}»").format(key=key, text=error.text[:60])
        return Wrong(self.line_of(key), code, found, error.expected)
