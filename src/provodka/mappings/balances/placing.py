"""Where a balance belongs once its sums are known: understood, waiting for a parent, set aside.

What waits is kept with all that it takes to be understood later, without asking the base. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.money import KOPECK
from provodka.mappings.balances.compiled import Balance, Dimension
from provodka.mappings.books import Books
from provodka.mappings.reading import Misread

__all__ = [
    "BalanceReading",
    "Standing",
    "Unready",
    "Wire",
    "key_of",
    "misunderstood",
    "place",
    "resumed",
    "text_of",
]

Wire = tuple[str, ...]
"""The references of a balance's dimensions, as the base gives them; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One balance: its key at the base, and `values` in the order of `balance.columns`."""

    key: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Unready:
    """A balance of something that the hub does not know yet, as the base knows it.

    `payload` is what `resumed` understands it by once the parent is known; it goes into JSON.
    """

    key: str
    parent_kind: str
    parent_key: str
    payload: Mapping[str, Any]


@dataclass(slots=True)
class BalanceReading:
    """What became of the rows; balances that are nothing are left out.

    `standings`, `unready` and `misread` share no key.
    """

    standings: list[Standing] = field(default_factory=list)
    unready: list[Unready] = field(default_factory=list)
    misread: list[Misread] = field(default_factory=list)

    @property
    def kept(self) -> set[str]:
        """The keys of everything that the base still speaks of."""
        keys = {one.key for one in self.standings} | {one.key for one in self.unready}
        return keys | {one.external_key for one in self.misread}


def place(
    balance: Balance,
    wire: Wire,
    sums: Sequence[Decimal],
    known: Mapping[tuple[str, str], UUID],
    books: Books,
    reading: BalanceReading,
) -> None:
    """Put a balance where it belongs: understood, waiting for a parent, or set aside."""
    key = key_of(wire)
    values: list[Any] = []
    try:
        for one, value in zip(balance.dimensions, wire, strict=True):
            if one.how == "reference" and value and (one.argument, value) not in known:
                payload = _payload(balance, wire, sums, books)
                reading.unready.append(Unready(key, one.argument, value, payload))
                return
            values.append(_ours(balance, one, value, known, books))
        for amount, total in zip(balance.amounts, sums, strict=True):
            if amount.money and total != total.quantize(KOPECK):
                raise misunderstood(balance, amount.theirs, _("сумма мельче копейки"))
    except Misunderstood as error:
        reading.misread.append(Misread(key, _told(balance, wire, sums), error))
        return
    reading.standings.append(Standing(key, (*values, *sums)))


def _ours(
    balance: Balance,
    one: Dimension,
    value: str,
    known: Mapping[tuple[str, str], UUID],
    books: Books,
) -> Any:
    if not value:
        if one.required:
            raise misunderstood(balance, one.of or one.theirs, _("в остатке этого нет"), "empty")
        return one.default
    if one.how == "reference":
        return known[(one.argument, value)]
    return text_of(balance, one, value, books)


def text_of(balance: Balance, one: Dimension, value: str, books: Books) -> str:
    """What the item of a book or a catalog is called; `Misunderstood` if it is not there."""
    text = books.get(one.book, {}).get(value)
    if text is None:
        found = _("ссылка {key}, которой хаб не знает").format(key=value)
        raise misunderstood(balance, one.of or one.theirs, found, "unknown_item")
    return text


def resumed(
    balance: Balance,
    payloads: Sequence[Mapping[str, Any]],
    known: Mapping[tuple[str, str], UUID],
) -> BalanceReading:
    """What balances that have waited come to, now that more is `known`."""
    reading = BalanceReading()
    for one in payloads:
        sums = [Decimal(text) for text in one["sums"]]
        place(balance, tuple(one["wire"]), sums, known, one["books"], reading)
    return reading


def _payload(balance: Balance, wire: Wire, sums: Sequence[Decimal], books: Books) -> dict[str, Any]:
    """The balance with the texts that its references stand for, and no others."""
    texts: dict[str, dict[str, str]] = {}
    for one, value in zip(balance.dimensions, wire, strict=True):
        text = books.get(one.book, {}).get(value)
        if text is not None:
            texts.setdefault(one.book, {})[value] = text
    return {"wire": list(wire), "sums": [str(one) for one in sums], "books": texts}


def key_of(wire: Wire) -> str:
    """Under which key a balance is bound: its references, joined."""
    return "|".join(wire)


def _told(balance: Balance, wire: Wire, sums: Sequence[Decimal]) -> dict[str, Any]:
    return dict(zip(balance.columns, (*wire, *sums), strict=True))


def misunderstood(
    balance: Balance, name: str, found: str, code: str = "bad_balance"
) -> Misunderstood:
    """What is said of a value that no balance can have; `name` is the column."""
    return Misunderstood(
        f"{balance.register}: {name}" if name else balance.register,
        found=found,
        expected=_("остаток, как его описывает {place}").format(place=balance.place),
        next_step=_("исправьте данные в базе или файл остатков"),
        code=code,
    )
