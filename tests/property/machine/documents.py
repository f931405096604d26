"""Documents as people think of them: one thing with two sides, and what both have agreed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Broken", "Cell", "Doc", "Row", "Sight"]

Row = Mapping[str, Any]
"""The fields of one document on one side, by name."""


class Broken(AssertionError):
    """A promise was not kept."""


@dataclass(frozen=True)
class Sight:
    """Both sides as they are: kind and key → fields; bindings; open disputes; the base's ledger.

    `here` and `there` are by (kind, key of that side); `bound` are (kind, key there, key here),
    `disputed` are (key here, field), `written` is how often the hub wrote an object since the
    last look, by its key there. `refused` are keys here of what people see that 1C refuses.
    """

    here: Mapping[tuple[str, str], Row]
    there: Mapping[tuple[str, str], Row]
    bound: frozenset[tuple[str, str, str]]
    disputed: frozenset[tuple[str, str]]
    written: Mapping[str, int]
    refused: frozenset[str]


@dataclass
class Cell:
    """One field of one document; `was` are the values of each side during the step under way."""

    here: Any = None
    there: Any = None
    agreed: list[Any] = field(default_factory=list)
    was_here: list[Any] = field(default_factory=list)
    was_there: list[Any] = field(default_factory=list)

    def settle(self) -> None:
        """Both sides have it, or not; nothing is under way."""
        self.was_here, self.was_there = [self.here], [self.there]
        if self.here == self.there and self.here not in self.agreed:
            self.agreed.append(self.here)


@dataclass
class Doc:
    """One document as people think of it: its keys on both sides, its fields.

    `ours` are the words that people here have had about it since all was quiet: without any, the
    hub has nothing to tell the base.
    """

    kind: str
    here: str | None = None
    there: str | None = None
    erased: bool = False
    ours: int = 0
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether both sides have it."""
        return self.here is not None and self.there is not None
