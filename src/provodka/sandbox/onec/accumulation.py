"""Virtual tables of accumulation registers: balances and turnovers over real movements.

As in the base's query language: a balance is that before its moment, turnovers include both ends
of their interval, rows in which every resource is zero are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from provodka.sandbox.onec.arguments import Arguments, part_of
from provodka.sandbox.onec.errors import method_not_found
from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.values import Record

PARTS: dict[str, tuple[str, ...]] = {
    "Balance": ("Balance",),
    "Turnovers": ("Turnover", "Receipt", "Expense"),
    "BalanceAndTurnovers": (
        "OpeningBalance",
        "Turnover",
        "Receipt",
        "Expense",
        "ClosingBalance",
    ),
}
"""What each resource becomes in each virtual table of a register of balances."""

_TURNOVERS_ONLY: dict[str, tuple[str, ...]] = {"Turnovers": ("Turnover",)}
_ZERO = Decimal(0)


def parts_of(register: Entity) -> dict[str, tuple[str, ...]]:
    """The virtual tables that an accumulation register has."""
    return PARTS if register.register == "Balance" else _TURNOVERS_ONLY


def shape(register: Entity, method: str, dimensions: tuple[str, ...] = ()) -> Entity:
    """The row type of a virtual table, with all dimensions unless some are named."""
    parts = parts_of(register).get(method)
    if parts is None:
        raise method_not_found()
    name = f"{register.name}_{method.removesuffix('s')}"
    base = part_of(register, name, dimensions or register.dimensions)
    fields = dict(base.fields)
    for resource in register.resources:
        for part in parts:
            title = f"{resource}{part}"
            fields[title] = replace(register.fields[resource], name=title)
    return replace(base, fields=fields)


@dataclass(slots=True)
class _Sums:
    opening: Decimal = _ZERO
    receipt: Decimal = _ZERO
    expense: Decimal = _ZERO

    def part(self, name: str) -> Decimal:
        match name:
            case "Balance" | "OpeningBalance":
                return self.opening
            case "Receipt":
                return self.receipt
            case "Expense":
                return self.expense
            case "ClosingBalance":
                return self.opening + self.receipt - self.expense
        return self.receipt - self.expense


@dataclass(slots=True)
class _Group:
    dimensions: Record
    sums: dict[str, _Sums] = field(default_factory=dict)


def table(
    register: Entity, method: str, arguments: Arguments, records: Iterable[Record]
) -> tuple[Entity, list[Record]]:
    """The rows of a virtual table and their type; 400/6 if the register has no such table."""
    shape(register, method)
    periods = ("Period",) if method == "Balance" else ("StartPeriod", "EndPeriod")
    arguments.only("Condition", "Dimensions", *periods)
    dimensions = arguments.dimensions(register.dimensions)
    entity = shape(register, method, dimensions)
    if method == "Balance":
        start, end = arguments.moment("Period"), ""
    else:
        start = arguments.moment("StartPeriod", "")
        end = arguments.moment("EndPeriod")
    accepts = arguments.condition(register)
    wanted = (record for record in records if record["Active"] and accepts(record))
    groups = _grouped(wanted, register, dimensions, start, end)
    parts = parts_of(register)[method]
    rows = [
        group.dimensions
        | {f"{name}{part}": sums.part(part) for name, sums in group.sums.items() for part in parts}
        for group in groups
    ]
    resources = [name for name in entity.fields if name not in dimensions]
    return entity, [row for row in rows if any(row[name] for name in resources)]


def _grouped(
    records: Iterable[Record],
    register: Entity,
    dimensions: tuple[str, ...],
    start: str,
    end: str,
) -> Iterable[_Group]:
    groups: dict[tuple[str, ...], _Group] = {}
    for record in records:
        before = record["Period"] < start
        if not before and not record["Period"] <= end:
            continue
        key = tuple(str(record[name]) for name in dimensions)
        if key not in groups:
            groups[key] = _Group(
                {name: record[name] for name in dimensions},
                {name: _Sums() for name in register.resources},
            )
        expense = record.get("RecordType") == "Expense"
        for name, sums in groups[key].sums.items():
            if before:
                sums.opening += -record[name] if expense else record[name]
            elif expense:
                sums.expense += record[name]
            else:
                sums.receipt += record[name]
    return groups.values()
