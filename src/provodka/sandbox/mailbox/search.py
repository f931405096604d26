"""IMAP SEARCH over stored letters (RFC 3501 §6.4.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime

from provodka.sandbox.mailbox.grammar import Syntax, in_set, is_set
from provodka.sandbox.storage.letters import Letter

Test = Callable[[int, Letter], bool]

_FLAGS = {
    "SEEN": r"\Seen",
    "ANSWERED": r"\Answered",
    "FLAGGED": r"\Flagged",
    "DELETED": r"\Deleted",
    "DRAFT": r"\Draft",
    "RECENT": r"\Recent",
}
_HEADERS = {"FROM": "From", "TO": "To", "CC": "Cc", "BCC": "Bcc", "SUBJECT": "Subject"}
_DATES: dict[str, Callable[[date, date], bool]] = {
    "SINCE": lambda own, day: own >= day,
    "BEFORE": lambda own, day: own < day,
    "ON": lambda own, day: own == day,
}


def compile_search(keys: list[object], largest_uid: int, largest_number: int) -> Test:
    """A test for (sequence number, letter) that holds when all keys hold."""
    words = iter(keys)
    compiler = _Compiler(largest_uid, largest_number)
    tests = []
    for word in words:
        tests.append(compiler.key(word, words))
    return lambda number, letter: all(test(number, letter) for test in tests)


class _Compiler:
    def __init__(self, largest_uid: int, largest_number: int) -> None:
        self._largest_uid = largest_uid
        self._largest_number = largest_number

    def key(self, word: object, rest: Iterator[object]) -> Test:
        if isinstance(word, list):
            return compile_search(word, self._largest_uid, self._largest_number)
        name = str(word).upper()
        if is_set(name):
            return lambda number, _letter: in_set(number, name, self._largest_number)
        if name == "ALL":
            return lambda _number, _letter: True
        if name in {"NOT", "OR"}:
            return self._logic(name, rest)
        if name == "UID":
            uids = _text(rest)
            return lambda _number, letter: in_set(letter.uid, uids, self._largest_uid)
        if name in _FLAGS or name.removeprefix("UN") in _FLAGS:
            return _flag(name)
        return _content(name, rest)

    def _logic(self, name: str, rest: Iterator[object]) -> Test:
        first = self.key(_next(rest), rest)
        if name == "NOT":
            return lambda number, letter: not first(number, letter)
        second = self.key(_next(rest), rest)
        return lambda number, letter: first(number, letter) or second(number, letter)


def _flag(name: str) -> Test:
    wanted = name in _FLAGS
    flag = _FLAGS[name if wanted else name.removeprefix("UN")]
    return lambda _number, letter: (flag in letter.flags) is wanted


def _content(name: str, rest: Iterator[object]) -> Test:
    if name == "HEADER":
        field, value = _text(rest), _text(rest)
        return lambda _number, letter: _in_header(letter, field, value)
    if name in _HEADERS:
        value = _text(rest)
        return lambda _number, letter: _in_header(letter, _HEADERS[name], value)
    if name in {"TEXT", "BODY"}:
        value = _text(rest).casefold()
        return lambda _number, letter: value in letter.raw.decode("utf-8", "replace").casefold()
    if name in {"LARGER", "SMALLER"}:
        size = int(_text(rest))
        larger = name == "LARGER"
        return lambda _number, letter: len(letter.raw) > size if larger else len(letter.raw) < size
    if name.removeprefix("SENT") in _DATES:
        return _dated(_DATES[name.removeprefix("SENT")], _day(_text(rest)))
    raise Syntax(f"unknown search key {name}")


def _dated(compare: Callable[[date, date], bool], day: date) -> Test:
    return lambda _number, letter: compare(datetime.fromisoformat(letter.at).date(), day)


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d-%b-%Y").date()  # noqa: DTZ007
    except ValueError:
        raise Syntax("not a date") from None


def _in_header(letter: Letter, field: str, value: str) -> bool:
    values = letter.message.get_all(field, [])
    return any(value.casefold() in str(item).casefold() for item in values)


def _next(rest: Iterator[object]) -> object:
    try:
        return next(rest)
    except StopIteration:
        raise Syntax("a search key lacks its argument") from None


def _text(rest: Iterator[object]) -> str:
    word = _next(rest)
    if not isinstance(word, str):
        raise Syntax("a string was expected")
    return word
