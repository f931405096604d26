"""What a value may still be after everything that a condition says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from math import ceil, floor
from typing import Any, NamedTuple

__all__ = ["NOTHING", "Part", "Values"]


class _Nothing(Enum):
    NOTHING = "null"


NOTHING = _Nothing.NOTHING
"""The value of an empty field."""


class Part(NamedTuple):
    """One thing said of a value: a comparison, or that it is in a list or out of it."""

    sign: str
    value: Any


class Bound(NamedTuple):
    """An end of a range, itself in the range or not."""

    value: Any
    inside: bool


@dataclass(frozen=True, slots=True)
class Values:
    """The values that are left: of a list if there is one, within bounds, without some.

    `empty`: whether the value must be empty (`True`), must not be, or may be either.
    """

    allowed: frozenset[Any] | None = None
    barred: frozenset[Any] = frozenset()
    low: Bound | None = None
    high: Bound | None = None
    empty: bool | None = None
    whole: bool = False
    contradicted: bool = False

    def with_parts(self, parts: Iterable[Part]) -> Values:
        """What is left after these parts as well."""
        left = self
        for part in parts:
            left = left._with(part)
        return left

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty value is left."""
        return not self.contradicted and self.empty is not False

    @property
    def possible(self) -> bool:
        """Whether any value is left; values that do not compare are taken to be possible."""
        if self.contradicted:
            return False
        if self.empty:
            return True
        try:
            return self._some_listed() if self.allowed is not None else self._some_between()
        except TypeError:
            return True

    def _with(self, part: Part) -> Values:
        sign, value = part
        if value is NOTHING:
            return self._emptied(sign == "eq")
        if sign in {"in", "eq"}:
            values = frozenset(value) if sign == "in" else frozenset({value})
            kept = values if self.allowed is None else self.allowed & values
            return replace(self, allowed=kept)._emptied(False)
        if sign in {"out", "ne"}:
            values = frozenset(value) if sign == "out" else frozenset({value})
            return replace(self, barred=self.barred | values)
        return self._bounded(sign, value)._emptied(False)

    def _emptied(self, empty: bool) -> Values:
        if self.empty is not None and self.empty is not empty:
            return replace(self, contradicted=True)
        return replace(self, empty=empty)

    def _bounded(self, sign: str, value: Any) -> Values:
        bound = Bound(value, sign in ("le", "ge"))
        try:
            if sign in ("gt", "ge"):
                return replace(self, low=_narrower(self.low, bound, upwards=True))
            return replace(self, high=_narrower(self.high, bound, upwards=False))
        except TypeError:
            return self

    def _some_listed(self) -> bool:
        return any(self._within(one) for one in (self.allowed or frozenset()) - self.barred)

    def _within(self, value: Any) -> bool:
        above = self.low is None or value > self.low.value or (self.low == (value, True))
        below = self.high is None or value < self.high.value or (self.high == (value, True))
        return bool(above and below)

    def _some_between(self) -> bool:
        if self.low is None or self.high is None:
            return True
        low, high = self.low.value, self.high.value
        if self.whole:
            first = ceil(low) + (not self.low.inside and ceil(low) == low)
            last = floor(high) - (not self.high.inside and floor(high) == high)
            span = range(first, last + 1)
            return len(span) > len(self.barred) or any(one not in self.barred for one in span)
        if low == high:
            return self.low.inside and self.high.inside and low not in self.barred
        return bool(low < high)


def _narrower(known: Bound | None, new: Bound, *, upwards: bool) -> Bound:
    if known is None:
        return new
    if known.value == new.value:
        return Bound(new.value, known.inside and new.inside)
    return new if (new.value > known.value) is upwards else known
