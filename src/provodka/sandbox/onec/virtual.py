"""Virtual tables: which register has which, their row types, parameters and rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from provodka.sandbox.onec import accounting, accumulation, slices
from provodka.sandbox.onec.arguments import Arguments
from provodka.sandbox.onec.conditions import Loader
from provodka.sandbox.onec.errors import method_not_found
from provodka.sandbox.onec.movements import Movements
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.values import Record

METHODS = frozenset(
    {"Balance", "Turnovers", "BalanceAndTurnovers", *slices.METHODS, accounting.EXTENDED}
)
_INTERVAL = ("EndPeriod", "StartPeriod")


@dataclass(frozen=True, slots=True)
class Function:
    """A virtual table as `$metadata` tells of it."""

    name: str
    row: Entity
    parameters: tuple[str, ...]


def functions(register: Entity) -> list[Function]:
    """The virtual tables of a register, none for other sets."""
    match register.register:
        case "Balance" | "Turnovers":
            return [
                Function(name, accumulation.shape(register, name), _parameters(name))
                for name in accumulation.parts_of(register)
            ]
        case "Accounting":
            names = (*accounting.PARTS, accounting.EXTENDED)
            return [
                Function(name, accounting.shape(register, name), _accounting_parameters(name))
                for name in names
            ]
        case "Periodic":
            parameters = ("Condition", "Period")
            return [
                Function(name, slices.shape(register, name), parameters) for name in slices.METHODS
            ]
    return []


def _parameters(name: str) -> tuple[str, ...]:
    return ("Condition", "Dimensions", *(("Period",) if name == "Balance" else _INTERVAL))


def _accounting_parameters(name: str) -> tuple[str, ...]:
    if name == accounting.EXTENDED:
        return ("Condition", "EndPeriod", "StartPeriod", "Top")
    return ("AccountCondition", *_parameters(name))


def rows_of(
    objects: Objects, register: Entity, method: str, values: dict[str, str], load: Loader
) -> tuple[Entity, list[Record]]:
    """Answer a call of a virtual table; 400/6 if the register has no such table."""
    arguments = Arguments(values, objects.schema, load)
    match register.register:
        case "Balance" | "Turnovers":
            run = accumulation.table
        case "Accounting":
            run = accounting.table
        case "Periodic":
            run = slices.table
        case _:
            raise method_not_found()
    return run(register, method, arguments, _records(objects, register))


def _records(objects: Objects, register: Entity) -> Iterator[Record]:
    if register.is_recorded:
        yield from Movements(objects).records(register.name)
    else:
        for identifier in objects.find(register.name, "", (), "o.id"):
            yield objects.load(identifier)
