"""Plans: where each value of a known markup goes, and how it is read.

A plan is made once from the markup of a good object, by the schema; then it turns the values
of any other object of the same markup into a dict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from provodka.connectors.onec.enterprise_data.facets import BLANK
from provodka.connectors.onec.enterprise_data.literals import codec_of
from provodka.connectors.onec.enterprise_data.object_writing import FORBIDDEN
from provodka.connectors.onec.enterprise_data.schema import (
    Facets,
    ObjectType,
    Property,
    Schema,
    ValueType,
)

__all__ = ["ROW", "ROW_RUN", "NotRegular", "Plan", "plan_of"]

ROW = "Строка"
# Stands for a run of rows; no name of XML has such a sign.
ROW_RUN = f"{ROW}#"
REMEMBERED = 1024
TAG = re.compile(r"[ \t\n]*<(/?)([^\s<>/!?&\"'=:]+)(/?)>[ \t\n]*")
Values = Sequence[str]
Runs = Sequence[Sequence[str]]
Build = Callable[[Values, Runs], Any]
ReadRow = Callable[[str, str], dict[str, Any]]
# The element's name, the number of its value, its decoder; or how it is built from others.
Entry = tuple[str, int, Callable[[str], Any] | None, Build | None]


class NotRegular(Exception):
    """This markup has no plan, or this text is not of it; a parser must judge."""


class Plan:
    """Reads the values of one markup; `runs` names the type of the rows of each run."""

    __slots__ = ("_blanks", "_build", "runs")

    def __init__(self, build: Build, blanks: list[int], runs: list[str]) -> None:
        self._build = build
        self._blanks = blanks
        self.runs = runs

    def read(self, values: Values, runs: Runs) -> dict[str, Any]:
        """The object; a value that does not fit is `Unfit`, stray text `NotRegular`."""
        for number in self._blanks:
            if values[number].strip(BLANK):
                raise NotRegular
        value: dict[str, Any] = self._build(values, runs)
        return value


def plan_of(schema: Schema, kind: str, markup: Sequence[str], read_row: ReadRow) -> Plan:
    """The plan of an object's content: the pieces of markup between its values.

    `read_row` reads a row of a type. Markup with anything but plain tags is `NotRegular`.
    """
    return _Planner(schema, kind, read_row).plan(markup)


class _Planner:
    """Follows the tags of a markup down the types of the schema."""

    def __init__(self, schema: Schema, kind: str, read_row: ReadRow) -> None:
        self._schema = schema
        self._read_row = read_row
        self._open: list[tuple[ObjectType, list[Entry]]] = [(schema.object_type(kind), [])]
        self._begun: list[tuple[int, int]] = []
        self._values = 0
        self._leaf: Property | None = None
        self._number = -1
        self._blanks: list[int] = []
        self._runs: list[str] = []

    def plan(self, markup: Sequence[str]) -> Plan:
        """Follow all the pieces; between each two of them stands a value, or blanks."""
        last = len(markup) - 1
        for number, piece in enumerate(markup):
            # Splitting at the values took the ends of the tags beside them.
            self._tags(("</" if number else "") + piece + (">" if number < last else ""))
            if number == last:
                break
            if self._leaf is None:
                self._blanks.append(number)
            self._number, self._values = number, number + 1
        ((_kind, entries),) = self._open
        return Plan(_object(entries), self._blanks, self._runs)

    def _tags(self, text: str) -> None:
        at = 0
        while at < len(text):
            found = TAG.match(text, at)
            if found is None:
                raise NotRegular
            self._tag(*found.groups())
            at = found.end()

    def _tag(self, closing: str, name: str, empty: str) -> None:
        if closing:
            self._close()
        elif name == ROW_RUN:
            self._rows()
        else:
            self._begin(name)
            if empty:
                self._close()

    def _begin(self, name: str) -> None:
        one = self._property(name)
        kind = self._schema.types[one.type]
        if one.repeated or one.nillable or self._leaf is not None:
            raise NotRegular
        if isinstance(kind, ObjectType):
            entries: list[Entry] = []
            self._add((name, 0, None, _object(entries)))
            self._open.append((kind, entries))
            self._begun.append((self._values, len(self._runs)))
        else:
            self._leaf, self._number = one, -1

    def _close(self) -> None:
        if self._leaf is None:
            self._close_object()
            return
        name, decode = self._leaf.name, _decoder(self._schema.value_type(self._leaf.type))
        if self._number >= 0:
            self._add((name, self._number, decode, None))
        else:
            empty = decode("") if decode else ""
            self._add((name, 0, None, lambda _values, _runs: empty))
        self._leaf = None

    def _close_object(self) -> None:
        self._open.pop()
        first, runs = self._begun.pop()
        name, _number, _decode, build = self._open[-1][1].pop()
        if build is not None and runs == len(self._runs) and self._values - first > 1:
            build = _remembered(build, slice(first, self._values))
        self._add((name, 0, None, build))

    def _rows(self) -> None:
        one = self._property(ROW)
        if not one.repeated or not isinstance(self._schema.types[one.type], ObjectType):
            raise NotRegular
        read_row, kind, number = self._read_row, one.type, len(self._runs)
        self._runs.append(kind)
        self._add(
            (ROW, 0, None, lambda _values, runs: [read_row(kind, row) for row in runs[number]])
        )

    def _property(self, name: str) -> Property:
        try:
            return self._open[-1][0].property(name)
        except (KeyError, IndexError):
            raise NotRegular from None

    def _add(self, entry: Entry) -> None:
        self._open[-1][1].append(entry)


def _object(entries: list[Entry]) -> Build:
    def build(values: Values, runs: Runs) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for name, number, decode, inner in entries:
            if inner is not None:
                value[name] = inner(values, runs)
            elif decode is not None:
                value[name] = decode(values[number])
            else:
                text = value[name] = values[number]
                if not text.isprintable():
                    _refuse_forbidden(text)
        return value

    return build


def _remembered(build: Build, part: slice) -> Build:
    """Documents name the same client, contract, currency over and over: each is built once."""
    known: dict[tuple[str, ...], Any] = {}

    def remembered(values: Values, runs: Runs) -> Any:
        key = tuple(values[part])
        value = known.get(key)
        if value is None:
            if len(known) >= REMEMBERED:
                known.clear()
            value = known[key] = build(values, runs)
        return value

    return remembered


def _decoder(kind: ValueType) -> Callable[[str], Any] | None:
    """How a text is read; None for one that nothing narrows."""
    if kind.primitive == "anyType":
        raise NotRegular
    if kind.primitive != "string" or kind.facets.enumeration:
        return codec_of(kind).decode
    return None if kind.facets == Facets() else _narrowed(codec_of(kind).decode)


def _narrowed(check: Callable[[str], Any]) -> Callable[[str], Any]:
    def decode(text: str) -> Any:
        if not text.isprintable():
            _refuse_forbidden(text)
        return check(text)

    return decode


def _refuse_forbidden(text: str) -> None:
    if FORBIDDEN.search(text):
        raise NotRegular
