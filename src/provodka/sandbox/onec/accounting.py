"""Virtual tables of the accounting register: balances, turnovers, records with ext dimensions.

An entry has two halves, and the tables are made of halves: an account with its ext dimensions,
and a sum in debit or credit. A balance shows on the side that the account's kind gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from provodka.sandbox.onec.arguments import Arguments, part_of
from provodka.sandbox.onec.chart import BY_REF, CHART, kind_ref
from provodka.sandbox.onec.errors import method_not_found
from provodka.sandbox.onec.movements import HIDDEN
from provodka.sandbox.onec.schema import Entity, Field
from provodka.sandbox.onec.values import Record

SLOTS = (1, 2, 3)
EXTENDED = "RecordsWithExtDimensions"
PARTS = {
    "Balance": ("Balance",),
    "Turnovers": ("Turnover",),
    "BalanceAndTurnovers": ("OpeningBalance", "Turnover", "ClosingBalance"),
}
"""What each resource becomes, each with itself, its debit (`Dr`) and its credit (`Cr`)."""

RESOURCES = ("Сумма", "ВалютнаяСумма", "Количество", "СуммаНУ", "СуммаПР", "СуммаВР")
_BOTH_SIDES = "Сумма"
_ZERO = Decimal(0)


def _half() -> Entity:
    fields = [
        Field("Account_Key", "guid", target=CHART),
        Field("Организация_Key", "guid", target="Catalog_Организации"),
        Field("Валюта_Key", "guid", target="Catalog_Валюты"),
        Field("Подразделение_Key", "guid", target="Catalog_ПодразделенияОрганизаций"),
    ]
    for slot in SLOTS:
        fields.append(Field(f"ExtDimension{slot}", "any"))
        fields.append(Field(f"ExtDimension{slot}_Type", "type"))
    known = {item.name: item for item in fields}
    links = {item.navigation: item for item in fields if item.navigation}
    return Entity("AccountingRegister_", known, key=(), navigation=links)


HALF = _half()
"""What a condition may name, and what the rows are grouped by."""


def shape(register: Entity, method: str, dimensions: tuple[str, ...] = ()) -> Entity:
    """The row type of a virtual table; 400/6 for one that does not exist."""
    if method == EXTENDED:
        return _extended(register)
    if method not in PARTS:
        raise method_not_found()
    name = f"{register.name}_{method.removesuffix('s')}"
    base = part_of(HALF, name, dimensions or tuple(HALF.fields))
    fields = dict(base.fields)
    for resource in RESOURCES:
        scale = 3 if resource == "Количество" else 2
        for part in PARTS[method]:
            for side in ("", "Dr", "Cr"):
                title = f"{resource}{part}{side}"
                fields[title] = Field(title, "double", scale=scale)
    return Entity(name, fields, key=(), navigation=base.navigation)


def _extended(register: Entity) -> Entity:
    fields = dict(register.fields)
    for side in ("Dr", "Cr"):
        for slot in SLOTS:
            value = f"ExtDimension{side}{slot}"
            kind = f"ExtDimensionType{side}{slot}_Key"
            fields[value] = Field(value, "any")
            fields[f"{value}_Type"] = Field(f"{value}_Type", "type")
            fields[kind] = Field(kind, "guid")
    fields["PointInTime"] = Field("PointInTime", "date")
    name = f"{register.name}_{EXTENDED}"
    return Entity(name, fields, key=(), navigation=register.navigation)


def table(
    register: Entity, method: str, arguments: Arguments, records: Iterable[Record]
) -> tuple[Entity, list[Record]]:
    """The rows of a virtual table and their type."""
    if method == EXTENDED:
        return _extended(register), _with_ext_dimensions(register, arguments, records)
    shape(register, method)
    periods = ("Period",) if method == "Balance" else ("StartPeriod", "EndPeriod")
    arguments.only("AccountCondition", "Condition", "Dimensions", *periods)
    dimensions = arguments.dimensions(tuple(HALF.fields))
    if method == "Balance":
        start, end = arguments.moment("Period"), ""
    else:
        start, end = arguments.moment("StartPeriod", ""), arguments.moment("EndPeriod")
    accounts, accepts = arguments.condition(HALF, "AccountCondition"), arguments.condition(HALF)
    halves = (half for half in _halves(records) if accounts(half.fields) and accepts(half.fields))
    rows = [
        group.row(PARTS[method])
        for group in _grouped(halves, dimensions, start, end)
        if group.moved(PARTS[method])
    ]
    return shape(register, method, dimensions), rows


@dataclass(frozen=True, slots=True)
class _Half:
    fields: Record
    period: str
    debit: bool
    amounts: dict[str, Decimal]


def _halves(records: Iterable[Record]) -> Iterator[_Half]:
    for record in records:
        if not record["Active"]:
            continue
        for side in ("Dr", "Cr"):
            fields: Record = {
                "Account_Key": record[f"Account{side}_Key"],
                "Организация_Key": record["Организация_Key"],
                "Валюта_Key": record[f"Валюта{side}_Key"],
                "Подразделение_Key": record[f"Подразделение{side}_Key"],
            }
            fields |= _slots(record[HIDDEN][side])
            amounts = {
                name: record[name if name == _BOTH_SIDES else f"{name}{side}"] for name in RESOURCES
            }
            yield _Half(fields, record["Period"], side == "Dr", amounts)


def _slots(values: list[list[str]], prefix: str = "ExtDimension") -> Record:
    """Slots that the account does not have are null; an empty value of one it has is not."""
    fields: Record = {}
    for slot in SLOTS:
        value, kind = values[slot - 1] if slot <= len(values) else (None, None)
        fields[f"{prefix}{slot}"], fields[f"{prefix}{slot}_Type"] = value, kind
    return fields


@dataclass(slots=True)
class _Sums:
    opening: Decimal = _ZERO
    debit: Decimal = _ZERO
    credit: Decimal = _ZERO


@dataclass(slots=True)
class _Group:
    """One row: its dimensions and, per resource, the sums before and within the period."""

    dimensions: Record
    sums: dict[str, _Sums] = field(default_factory=lambda: {name: _Sums() for name in RESOURCES})

    def add(self, half: _Half, *, before: bool) -> None:
        for name, sums in self.sums.items():
            amount = half.amounts[name]
            if before:
                sums.opening += amount if half.debit else -amount
            elif half.debit:
                sums.debit += amount
            else:
                sums.credit += amount

    def moved(self, parts: tuple[str, ...]) -> bool:
        turned = "Turnover" in parts
        return any(
            sums.opening or (turned and (sums.debit or sums.credit)) for sums in self.sums.values()
        )

    def row(self, parts: tuple[str, ...]) -> Record:
        row = dict(self.dimensions)
        account = BY_REF.get(str(row.get("Account_Key", "")))
        for name, sums in self.sums.items():
            counted = name != "Количество" or account is None or account.quantitative
            for part in parts:
                triple = self._triple(sums, part, account.kind if account else "ActivePassive")
                for side, amount in zip(("", "Dr", "Cr"), triple, strict=True):
                    row[f"{name}{part}{side}"] = amount if counted else None
        return row

    def _triple(self, sums: _Sums, part: str, kind: str) -> tuple[Decimal, Decimal, Decimal]:
        if part == "Turnover":
            return sums.debit - sums.credit, sums.debit, sums.credit
        balance = sums.opening
        if part == "ClosingBalance":
            balance += sums.debit - sums.credit
        if kind == "Active" or (kind == "ActivePassive" and balance > 0):
            return balance, balance, _ZERO
        return balance, _ZERO, -balance


def _grouped(
    halves: Iterable[_Half], dimensions: tuple[str, ...], start: str, end: str
) -> Iterable[_Group]:
    groups: dict[tuple[str, ...], _Group] = {}
    for half in halves:
        before = half.period < start
        if before or half.period <= end:
            key = tuple(str(half.fields[name]) for name in dimensions)
            if key not in groups:
                groups[key] = _Group({name: half.fields[name] for name in dimensions})
            groups[key].add(half, before=before)
    return groups.values()


def _with_ext_dimensions(
    register: Entity, arguments: Arguments, records: Iterable[Record]
) -> list[Record]:
    arguments.only("Condition", "StartPeriod", "EndPeriod", "Top")
    start, end = arguments.moment("StartPeriod", ""), arguments.moment("EndPeriod")
    accepts: Callable[[Record], bool] = arguments.condition(register)
    found = [
        _extended_row(register, record)
        for record in records
        if start <= record["Period"] <= end and accepts(record)
    ]
    top = arguments.values.get("Top", "")
    return found[: int(top)] if top.isdigit() else found


def _extended_row(register: Entity, record: Record) -> Record:
    row: Record = {name: record[name] for name in register.fields}
    for side in ("Dr", "Cr"):
        account = BY_REF.get(str(record[f"Account{side}_Key"]))
        kinds: tuple[str, ...] = account.dimensions if account else ()
        row |= _slots(record[HIDDEN][side], f"ExtDimension{side}")
        for slot in SLOTS:
            kind: Any = kind_ref(kinds[slot - 1]) if slot <= len(kinds) else None
            row[f"ExtDimensionType{side}{slot}_Key"] = kind
        if account is None or not account.quantitative:
            row[f"Количество{side}"] = None
    return row | {"PointInTime": record["Period"]}
