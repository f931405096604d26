"""Which line of a tabular section is which: by what it says, its number only breaks a tie.

Two states of a section are matched in steps: lines alike in every cell, lines of the same key,
lines most of whose cells are the same, and what is left by its number. So a line that somebody
inserts, removes or moves does not make its neighbours another line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["Rows", "match", "merged_order"]

Rows = Mapping[str, Mapping[str, Any]]
"""A section in canonical form: rows by the numbers of their lines, as `shape` nests them."""
Matched = dict[str, str]
HALF = 0.5
MANY = 10_000
"""More pairs than this are not weighed: lines are taken in their order."""


def match(mine: Rows, other: Rows, key: Sequence[str], *, same_number: bool = True) -> Matched:
    """For each line of `mine` that is in `other` its number there.

    `key` are the columns that tell which line it is; without them, all cells do. Without
    `same_number` lines must at least have the same key (both were added since).
    """
    left = {number: _cells(mine[number]) for number in in_order(mine)}
    right = {number: _cells(other[number]) for number in in_order(other)}
    found: Matched = {}
    _by(left, right, found, _whole)
    if key:
        _by(left, right, found, lambda row: _key(row, key))
    if same_number:
        if len(left) * len(right) <= MANY:
            pairs = [(one, two) for one in left for two in right]
            _by_likeness(left, right, found, pairs, least=HALF)
        for number in [one for one in left if one in right]:
            _pair(left, right, found, number, number)
    return found


def in_order(numbers: Iterable[str]) -> list[str]:
    """Numbers of lines, the smallest first."""
    return sorted(numbers, key=int)


def merged_order(chief: Sequence[str], other: Sequence[str]) -> list[str]:
    """One order of two: the first one's, and what only the second has after its neighbour there."""
    known = set(chief)
    behind: dict[str | None, list[str]] = defaultdict(list)
    last: str | None = None
    for one in other:
        if one in known:
            last = one
        else:
            behind[last].append(one)
    return [*behind[None], *(one for each in chief for one in (each, *behind[each]))]


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _whole(row: Mapping[str, Any]) -> Hashable:
    return repr(sorted(row.items()))


def _key(row: Mapping[str, Any], key: Sequence[str]) -> Hashable:
    found = tuple(repr(row.get(name)) for name in key)
    return found if any(name in row for name in key) else None


Cells = dict[str, dict[str, Any]]


def _by(
    left: Cells, right: Cells, found: Matched, say: Callable[[Mapping[str, Any]], Hashable]
) -> None:
    """Match lines of which the same is said: of several, the likest, then the nearest."""
    said: dict[Hashable, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((left, right)):
        for number, row in rows.items():
            said[say(row)][side].append(number)
    said.pop(None, None)
    for mine, other in said.values():
        if len(mine) * len(other) > MANY:
            for one, two in zip(mine, other, strict=False):
                _pair(left, right, found, one, two)
        else:
            _by_likeness(left, right, found, [(one, two) for one in mine for two in other])


def _by_likeness(
    left: Cells, right: Cells, found: Matched, pairs: Sequence[tuple[str, str]], least: float = 0
) -> None:
    """The likest pairs first; among equals those that stand nearest."""
    ranked = [(-_likeness(left[one], right[two]), _apart(one, two), one, two)
              for one, two in pairs]  # fmt: skip
    for unlike, _apart_by, one, two in sorted(ranked):
        if -unlike >= least:
            _pair(left, right, found, one, two)


def _apart(one: str, two: str) -> tuple[int, int]:
    return abs(int(one) - int(two)), int(one)


def _likeness(mine: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    names = mine.keys() | other.keys()
    alike = sum(mine.get(name) == other.get(name) for name in names)
    return alike / len(names) if names else 1.0


def _pair(left: Cells, right: Cells, found: Matched, one: str, two: str) -> None:
    if one in left and two in right:
        found[one] = two
        del left[one], right[two]
