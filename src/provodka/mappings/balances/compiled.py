"""A balance made ready: what to ask the base for, and which columns of ours its rows fill."""

from __future__ import annotations

from dataclasses import dataclass

from provodka.foundation.errors import Place

__all__ = ["SLOT", "TABLE", "Amount", "Balance", "Dimension"]

TABLE = "Balance"
SLOT = "ExtDimension"
"""What `theirs` of a субконто is; in rows its places are numbered from 1."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column by which balances are told apart.

    `how` is `reference` (`argument` is our kind), `book` (`argument` is the book) or `name`;
    `of` is the set that the value refers to, where the declaration says so. Where `theirs` is a
    key of analytics, `taken` is the field of the item of the set `through` that is meant.
    """

    ours: str
    theirs: str
    how: str
    argument: str
    of: str
    through: str
    taken: str
    default: str | None
    required: bool
    place: Place

    @property
    def column(self) -> str:
        """Where a row holds the value, once keys of analytics have been looked up."""
        return f"{self.theirs}/{self.taken}" if self.through else self.theirs

    @property
    def in_slot(self) -> bool:
        """Whether it is a субконто of an accounting register."""
        return self.theirs == SLOT

    @property
    def book(self) -> str:
        """Under which name the texts of its items are looked up; empty for a reference."""
        return {"book": self.argument, "name": self.of}.get(self.how, "")


@dataclass(frozen=True, slots=True)
class Amount:
    """A column that holds a sum: `how` is `balance`, `debit` or `credit`."""

    ours: str
    theirs: str
    foreign: str
    how: str
    money: bool
    place: Place

    @property
    def resources(self) -> tuple[str, ...]:
        """The register's resources that it is made of."""
        return (self.theirs, self.foreign) if self.foreign else (self.theirs,)


@dataclass(frozen=True, slots=True)
class Balance:
    """A register's balance and the kind of document that its rows become.

    `version` is a fingerprint of what the declaration means.
    """

    name: str
    kind: str
    register: str
    chart: str
    accounts: tuple[str, ...]
    slots: int
    apart: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    amounts: tuple[Amount, ...]
    version: str
    place: Place
    chart_place: Place
    accounts_place: Place
    apart_place: Place

    @property
    def accounting(self) -> bool:
        """Whether sums have two sides: debit and credit."""
        return self.register.startswith("AccountingRegister_")

    @property
    def columns(self) -> tuple[str, ...]:
        """Our columns in the order in which a reading gives their values."""
        return (*(one.ours for one in self.dimensions), *(one.ours for one in self.amounts))

    @property
    def books(self) -> tuple[str, ...]:
        """The reference books whose texts stand for references."""
        return tuple(one.argument for one in self.dimensions if one.how == "book")

    @property
    def catalogs(self) -> tuple[str, ...]:
        """The catalogs whose items are known by name alone."""
        return tuple(dict.fromkeys(one.of for one in self.dimensions if one.how == "name"))

    @property
    def analytics(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The sets of keys of analytics, and the fields that are taken of each."""
        found: dict[str, list[str]] = {}
        for one in self.dimensions:
            if one.through:
                found.setdefault(one.through, []).append(one.taken)
        return tuple((name, tuple(fields)) for name, fields in found.items())

    @property
    def plain(self) -> tuple[str, ...]:
        """Fields of the table that balances are told apart by, субконто left out."""
        own = [one.theirs for one in self.dimensions if not one.in_slot]
        return tuple(dict.fromkeys((*own, *self.apart)))

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of dimensions as the base wants to be asked: references without `_Key`."""
        slots = (f"{SLOT}{number}" for number in range(1, self.slots + 1))
        return (*(name.removesuffix("_Key") for name in self.plain), *slots)

    def sides(self, resource: str) -> tuple[str, ...]:
        """The columns of the table in which a resource stands."""
        plain = f"{resource}{TABLE}"
        return (f"{plain}Dr", f"{plain}Cr") if self.accounting else (plain,)

    @property
    def select(self) -> tuple[str, ...]:
        """Every column that is read."""
        dimensions = (one for one in self.dimensions if not (one.in_slot or one.through))
        typed = [one.theirs for one in dimensions if one.of]
        types = [f"{name}_Type" for name in typed if not name.endswith("_Key")]
        numbered = [f"{SLOT}{number}" for number in range(1, self.slots + 1)]
        slots = [name for one in numbered for name in (one, f"{one}_Type")]
        sums = [name for one in self.amounts for each in one.resources for name in self.sides(each)]
        return tuple(dict.fromkeys((*self.plain, *types, *slots, *sums)))
