"""Conditions of a read, and how they are joined; what they are made of is in `filters`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

__all__ = ["Filter", "Joined", "Negated", "all_of", "any_of"]


class Filter(ABC):
    """A condition; combine with `&`, `|` and `~`."""

    @abstractmethod
    def render(self, zone: ZoneInfo) -> str:
        """The expression's text, not yet percent-encoded."""

    def __and__(self, other: Filter) -> Filter:
        return Joined("and", (*self.parts("and"), *other.parts("and")))

    def __or__(self, other: Filter) -> Filter:
        return Joined("or", (*self.parts("or"), *other.parts("or")))

    def __invert__(self) -> Filter:
        return Negated(self)

    def __bool__(self) -> bool:
        raise TypeError("combine filters with &, | and ~, not with and, or, not")

    def parts(self, word: str) -> Sequence[Filter]:
        """What this condition joins with `and` or `or`; itself alone if it joins nothing so."""
        del word
        return (self,)

    @property
    def pinned(self) -> tuple[str, object] | None:
        """The field and the one value that it must have, where the condition is just that."""
        return None


class Joined(Filter):
    """Several conditions, all of one `word`."""

    def __init__(self, word: str, conditions: Sequence[Filter]) -> None:
        self.word, self.conditions = word, tuple(conditions)

    def render(self, zone: ZoneInfo) -> str:
        """The conditions in turn; joined ones inside in parentheses."""
        return f" {self.word} ".join(
            f"({part.render(zone)})" if isinstance(part, Joined) else part.render(zone)
            for part in self.conditions
        )

    def parts(self, word: str) -> Sequence[Filter]:
        """The conditions, if they are joined by this very word."""
        return self.conditions if word == self.word else (self,)


class Negated(Filter):
    """The opposite of a condition."""

    def __init__(self, inner: Filter) -> None:
        self.inner = inner

    def render(self, zone: ZoneInfo) -> str:
        """`not (…)`."""
        return f"not ({self.inner.render(zone)})"


def all_of(filters: Iterable[Filter]) -> Filter:
    """All conditions at once; at least one is needed."""
    return _chain("and", list(filters))


def any_of(filters: Iterable[Filter]) -> Filter:
    """Any of the conditions; at least one is needed."""
    return _chain("or", list(filters))


def _chain(word: str, filters: list[Filter]) -> Filter:
    if not filters:
        raise ValueError("no conditions to combine: an empty filter would select everything")
    return filters[0] if len(filters) == 1 else Joined(word, filters)
