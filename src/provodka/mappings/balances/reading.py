"""Rows of a balance into values of ours: added up, understood, waiting, or misunderstood. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.mappings.balances.compiled import SLOT, Amount, Balance, Dimension
from provodka.mappings.balances.placing import (
    BalanceReading,
    Wire,
    key_of,
    misunderstood,
    place,
    text_of,
)
from provodka.mappings.books import Books
from provodka.mappings.reader_base import EMPTY_GUID, is_key
from provodka.mappings.reading import Misread

__all__ = ["read_balance", "references"]

NAMESPACE = "StandardODATA."
UNAVAILABLE = "UnavailableEntities."
FINEST = Decimal("1E-9")
WIDEST = 10**18
ZERO = Decimal(0)
Row = Mapping[str, Any]


def references(balance: Balance, rows: Iterable[Any]) -> set[tuple[str, str]]:
    """Every `(kind, external key)` that the rows refer to: what `known` should answer."""
    found: set[tuple[str, str]] = set()
    kinds = [one for one in balance.dimensions if one.how == "reference"]
    for row in rows:
        for one in kinds if isinstance(row, dict) else ():
            try:
                value = _value(one, balance, row)
            except Misunderstood:
                continue
            if value:
                found.add((one.argument, value))
    return found


def read_balance(
    balance: Balance, rows: Sequence[Any], known: Mapping[tuple[str, str], UUID], books: Books
) -> BalanceReading:
    """Add the rows up by their dimensions and put our values for the base's.

    `books` hold the texts of books by their names, and of catalogs by the names of their sets.
    A balance of which one row cannot be understood is set aside whole.
    """
    adding = _Adding(balance, books)
    for row in rows:
        adding.take(row)
    reading = BalanceReading(misread=adding.lost)
    for wire, sums in adding.totals():
        place(balance, wire, sums, known, books, reading)
    for key, (row, error) in adding.bad.items():
        reading.misread.append(Misread(key, row, error))
    return reading


class _Adding:
    """Sums of rows by dimensions, kept apart by what must not be set off."""

    def __init__(self, balance: Balance, books: Books) -> None:
        self.balance = balance
        self.books = books
        self.lost: list[Misread] = []
        self.bad: dict[str, tuple[Any, Misunderstood]] = {}
        self._nets: dict[Wire, dict[Wire, list[Decimal]]] = defaultdict(dict)

    def take(self, row: Any) -> None:
        """Add one row, or remember why its balance cannot be told."""
        try:
            wire = self._wire(row)
        except Misunderstood as error:
            self.lost.append(Misread(_unkeyed(row), row, error))
            return
        try:
            nets = [self._net(one, wire, row) for one in self.balance.amounts]
            apart = tuple(str(row[name]) for name in self.balance.apart)
        except KeyError as error:
            absent = misunderstood(self.balance, str(error.args[0]), _("поля нет в ответе"))
            self.bad.setdefault(key_of(wire), (row, absent))
            return
        except Misunderstood as error:
            self.bad.setdefault(key_of(wire), (row, error))
            return
        sums = self._nets[wire].setdefault(apart, [ZERO] * len(nets))
        sums[:] = [old + new for old, new in zip(sums, nets, strict=True)]

    def totals(self) -> Iterator[tuple[Wire, list[Decimal]]]:
        """Dimensions and the sums of each balance that is not nothing."""
        for wire, apart in self._nets.items():
            sides = (
                [_side(one, net) for one, net in zip(self.balance.amounts, nets, strict=True)]
                for nets in apart.values()
            )
            sums = [sum(column, ZERO) for column in zip(*sides, strict=True)]
            if any(sums) and key_of(wire) not in self.bad:
                yield wire, sums

    def _wire(self, row: Any) -> Wire:
        if not isinstance(row, dict):
            raise misunderstood(self.balance, "", _("вместо строки пришло нечто другое"))
        return tuple(_value(one, self.balance, row) for one in self.balance.dimensions)

    def _net(self, amount: Amount, wire: Wire, row: Row) -> Decimal:
        resource = amount.theirs
        if amount.foreign and self._foreign(wire):
            resource = amount.foreign
        sides = [_number(self.balance, name, row[name]) for name in self.balance.sides(resource)]
        return sides[0] - sides[1] if len(sides) > 1 else sides[0]

    def _foreign(self, wire: Wire) -> bool:
        """Whether the balance is in another currency than the books are kept in."""
        for one, value in zip(self.balance.dimensions, wire, strict=True):
            if one.how == "book" and value:
                return text_of(self.balance, one, value, self.books) != one.default
        return False


def _value(one: Dimension, balance: Balance, row: Row) -> str:
    """The reference that a row holds for a dimension; empty where it holds none."""
    if one.in_slot:
        return _in_slot(one, balance, row)
    if one.column not in row:
        raise misunderstood(balance, one.column, _("поля нет в ответе"))
    value = row[one.column]
    said = row.get(f"{one.column}_Type")
    if one.of and said not in (None, "", f"{NAMESPACE}Undefined", NAMESPACE + one.of):
        raise _other_type(balance, one, str(said))
    return _reference(balance, one.column, value)


def _in_slot(one: Dimension, balance: Balance, row: Row) -> str:
    hidden = ""
    for number in range(1, balance.slots + 1):
        said = row.get(f"{SLOT}{number}_Type")
        if said == NAMESPACE + one.of:
            return _reference(balance, f"{SLOT}{number}", row.get(f"{SLOT}{number}"))
        if isinstance(said, str) and said.startswith(UNAVAILABLE):
            hidden = said
    if one.required and hidden:
        raise _other_type(balance, one, hidden)
    return ""


def _reference(balance: Balance, name: str, value: Any) -> str:
    if value is None or value in ("", EMPTY_GUID):
        return ""
    if not is_key(value):
        raise misunderstood(balance, name, _("это не ссылка"))
    return value


def _number(balance: Balance, name: str, value: Any) -> Decimal:
    """An exact number; what the base does not count (`null`) is nothing."""
    if value is None:
        return ZERO
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        exact = Decimal(value)
        if exact.is_finite() and abs(exact) < WIDEST and exact == exact.quantize(FINEST):
            return exact
    raise misunderstood(balance, name, _("это не число или оно слишком велико"))


def _side(amount: Amount, net: Decimal) -> Decimal:
    if amount.how == "balance":
        return net
    return max(net, ZERO) if amount.how == "debit" else max(-net, ZERO)


def _unkeyed(row: Any) -> str:
    said = json.dumps(row, sort_keys=True, default=str, ensure_ascii=False)
    return f"unkeyed-{hashlib.sha256(said.encode(errors='replace')).hexdigest()[:16]}"


def _other_type(balance: Balance, one: Dimension, said: str) -> Misunderstood:
    return Misunderstood(
        f"{balance.register}: {one.theirs}",
        found=_("значение типа {type}").format(type=said),
        expected=NAMESPACE + one.of,
        next_step=_("опубликуйте {set} в составе OData").format(set=one.of),
        code="unavailable_target" if said.startswith(UNAVAILABLE) else "other_type",
    )
