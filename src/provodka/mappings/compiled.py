"""A mapping made ready for use: frozen values that reading, writing and checking share."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from provodka.foundation.errors import Place
from provodka.mappings.declaration import Contract, Owner

__all__ = ["Constant", "Derive", "Find", "Mapping", "Ours", "Pair", "Part", "Section", "Wire"]

Wire = str | bool | int | Decimal


@dataclass(frozen=True, slots=True)
class Ours:
    """Stands for the sent value of one of our columns."""

    column: str


@dataclass(frozen=True, slots=True)
class Find:
    """What to look up in the base: `take` of the single item of `entity` that fits."""

    entity: str
    where: tuple[tuple[str, str | bool | int | Ours], ...]
    take: str
    optional: bool
    place: Place
    take_place: Place
    where_places: AnyMapping[str, Place] = field(hash=False, compare=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derive:
    """A value computed from the document by a named rule."""

    rule: str
    place: Place


Constant = str | bool | int | Find | Derive


@dataclass(frozen=True, slots=True)
class Pair:
    """One compiled field.

    `how` is the converter's name and `argument` what follows it (the kind of a
    reference, the name of a book). `wire_type` is the set's qualified type for a
    composite reference. `ours_of` and `theirs_of` are the two sides of an enum.
    `default` and `value` already are Python values of the column. `foreign` takes a composite
    value of another type for an empty one.
    """

    ours: str
    theirs: str
    how: str
    argument: str
    owner: Owner
    reads: bool
    writes: bool
    required_in: bool
    required_out: bool
    place: Place
    default: object = None
    value: object = None
    wire_type: str = ""
    ours_of: AnyMapping[str | bool | int, str] = field(default_factory=dict)
    theirs_of: AnyMapping[str, str | bool | int] = field(default_factory=dict)
    only: frozenset[str | bool | int] = frozenset()
    otherwise: Find | None = None
    foreign: bool = False
    values_place: Place = field(default_factory=lambda: Place(Path()))

    @property
    def target(self) -> str:
        """The set that a reference leads to; empty for any other pair."""
        referring = self.how in ("reference", "composite reference")
        return self.wire_type.removeprefix("StandardODATA.") if referring else ""

    @property
    def theirs_names(self) -> tuple[str, ...]:
        """The wire fields that carry this pair: none, one, or two of a composite."""
        if not self.theirs:
            return ()
        if self.how == "composite reference":
            return (self.theirs, f"{self.theirs}_Type")
        return (self.theirs,)


@dataclass(frozen=True, slots=True)
class Section:
    """A tabular section of the base and its pairs, in the order of the part's columns."""

    theirs: str
    pairs: tuple[Pair, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Part:
    """A part of our document and the sections that feed it, one after another."""

    name: str
    columns: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """One kind of document of one configuration, both directions.

    `columns` is the order of `Reading.values`; `part_columns` of the rows of each
    part, the first of them always `line`. `version` changes with any change of
    the declaration's meaning, not of its comments. `contract` says what to do when the base
    changes under it, `order` how to read a set that its usual order does not fit.
    """

    name: str
    kind: str
    entity: str
    version: str
    reads: bool
    writes: bool
    pairs: tuple[Pair, ...]
    parts: tuple[Part, ...]
    only: tuple[tuple[str, frozenset[str | bool | int], Place], ...]
    match: tuple[tuple[str, ...], ...]
    identity: tuple[str, ...]
    constants: tuple[tuple[str, Constant, Place], ...]
    marker: str | None
    balance: str | None
    post: bool
    place: Place
    marker_place: Place
    contract: Contract = "freeze"
    order: tuple[str, ...] = ()

    @property
    def reading_pairs(self) -> tuple[Pair, ...]:
        """The pairs that take part in reading, in the order of `columns`."""
        return tuple(pair for pair in self.pairs if pair.reads)

    @property
    def columns(self) -> tuple[str, ...]:
        """Our columns that a reading fills, in its order."""
        return tuple(pair.ours for pair in self.reading_pairs)

    @property
    def part_columns(self) -> dict[str, tuple[str, ...]]:
        """For each part, the columns of its rows: `line` and what the sections fill."""
        return {part.name: ("line", *part.columns) for part in self.parts}

    @property
    def line_keys(self) -> dict[str, tuple[str, ...]]:
        """By which columns a line of each part is known: what it refers to, and its texts."""
        return {
            part.name: tuple(
                dict.fromkeys(
                    pair.ours
                    for section in part.sections
                    for pair in section.pairs
                    if pair.reads and ("reference" in pair.how or "text" in pair.how)
                )
            )
            for part in self.parts
        }

    @property
    def owners(self) -> dict[str, Owner]:
        """Who owns each field: `comment`, `lines.price` for a column of a part.

        `lines` itself, for rows that come and go, belongs to the owner of all its
        columns; where they differ, a person is asked.
        """
        found = {pair.ours: pair.owner for pair in self.pairs}
        for part in self.parts:
            pairs = [pair for section in part.sections for pair in section.pairs]
            shared = {pair.owner for pair in pairs}
            found[part.name] = shared.pop() if len(shared) == 1 else "ask"
            for pair in pairs:
                found.setdefault(f"{part.name}.{pair.ours}", pair.owner)
        return found

    @property
    def sendable(self) -> frozenset[str]:
        """The fields that a write carries, named as in `owners`; the rest only come in."""
        found = {pair.ours for pair in self.pairs if pair.writes}
        for part in self.parts:
            inner = {pair.ours for one in part.sections for pair in one.pairs if pair.writes}
            found |= {f"{part.name}.{column}" for column in inner}
            found |= {part.name} if inner else set()
        return frozenset(found)

    @property
    def books(self) -> frozenset[str]:
        """The reference books that must be at hand to read or write."""
        return frozenset(pair.argument for pair in self.all_pairs() if pair.how == "book")

    @property
    def select(self) -> tuple[str, ...]:
        """What to ask the base for: header fields, and the sections whole."""
        own = ["Ref_Key", "DataVersion", "DeletionMark"]
        own += [name for name, _allowed, _place in self.only]
        own += [name for pair in self.reading_pairs for name in pair.theirs_names]
        own += [section.theirs for part in self.parts for section in part.sections]
        return tuple(dict.fromkeys(own))

    def all_pairs(self) -> tuple[Pair, ...]:
        """The header's pairs and those of every section."""
        inner = (pair for part in self.parts for section in part.sections for pair in section.pairs)
        return (*self.pairs, *inner)

    def pair_of(self, column: str) -> Pair | None:
        """The header's pair for one of our columns."""
        return next((pair for pair in self.pairs if pair.ours == column), None)
