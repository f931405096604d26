"""A balance's declaration against what a live base publishes, before anything is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.mappings.balances.compiled import SLOT, TABLE, Balance
from provodka.mappings.books import BOOKS
from provodka.mappings.configurations import Configuration
from provodka.mappings.misses import miss, no_field, no_set, wrong_type
from provodka.mappings.published import Fields, Published
from provodka.mappings.wire_values import NUMBERS

__all__ = ["PublishedTables", "check_balance"]

REFERENCE = frozenset({"Edm.Guid"})
COMPOSITE = frozenset({"Edm.String"})
NAME = "Description"
CODE = "Code"
Misses = Iterator[ConfigurationError]


class PublishedTables(Published, Protocol):
    """What `Published` tells, and of registers their virtual tables."""

    def tables(self, entity: str) -> dict[str, Fields]:
        """Virtual tables of a register and the fields of their rows (empty if not told)."""
        ...


def check_balance(
    one: Balance, published: PublishedTables, facts: Configuration | None = None
) -> list[ConfigurationError]:
    """Everything in the declaration that the base cannot answer; empty when all is well."""
    return list(_Check(one, published, facts).misses())


@dataclass(frozen=True, slots=True)
class _Check:
    one: Balance
    published: PublishedTables
    facts: Configuration | None

    def misses(self) -> Misses:
        one = self.one
        if self.published.fields(one.register) is None:
            yield no_set(one.place, one.register, self.published, self.facts)
        else:
            yield from self._table()
        yield from self._referred()

    def _table(self) -> Misses:
        one, tables = self.one, self.published.tables(self.one.register)
        fields = tables.get(TABLE)
        if fields is None:
            yield miss(
                one.place,
                _("у регистра {register} нет таблицы {table}").format(
                    register=one.register, table=TABLE
                ),
                ", ".join(tables) or _("регистр остатков"),
                _("назовите регистр, который ведет остатки"),
                "no_virtual_table",
            )
        elif fields:
            yield from self._dimensions(fields)
            yield from self._amounts(fields)

    def _dimensions(self, fields: Fields) -> Misses:
        one = self.one
        for each in one.dimensions:
            if each.in_slot:
                yield from self._field(f"{SLOT}{one.slots}", each.place, fields, COMPOSITE)
            else:
                plain = each.theirs.endswith("_Key")
                typed = REFERENCE if plain else COMPOSITE
                yield from self._field(each.theirs, each.place, fields, typed)
        for name in one.apart:
            yield from self._field(name, one.apart_place, fields, ())

    def _amounts(self, fields: Fields) -> Misses:
        for each in self.one.amounts:
            for resource in each.resources:
                for name in self.one.sides(resource):
                    yield from self._field(name, each.place, fields, tuple(NUMBERS))

    def _field(
        self, name: str, place: Place, fields: Fields, types: Sequence[str] | frozenset[str]
    ) -> Misses:
        where = f"{self.one.register}.{TABLE}"
        info = fields.get(name)
        if info is None:
            yield no_field(place, where, name, fields)
        elif types and info.type not in types:
            yield wrong_type(place, f"{where}.{name}", name, info.type, types)

    def _referred(self) -> Misses:
        """Sets that the rows lead to: a reference to an unpublished one loses its type."""
        one = self.one
        if one.chart:
            yield from self._set(one.chart, one.chart_place, CODE)
        for each in one.dimensions:
            if each.through:
                yield from self._set(each.through, each.place, each.taken)
            if each.of:
                yield from self._set(each.of, each.place, NAME)
            if each.how == "book":
                book = BOOKS[each.argument]
                yield from self._set(book.entity, each.place, book.field)

    def _set(self, entity: str, place: Place, name: str) -> Misses:
        fields = self.published.fields(entity)
        if fields is None:
            yield no_set(place, entity, self.published, self.facts)
        elif name not in fields:
            yield no_field(place, entity, name, fields, self.facts)
