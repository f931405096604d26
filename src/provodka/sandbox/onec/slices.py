"""`SliceLast` and `SliceFirst` of information registers with a period."""

from __future__ import annotations

from collections.abc import Iterable

from provodka.sandbox.onec.arguments import Arguments
from provodka.sandbox.onec.errors import method_not_found
from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.values import Record

METHODS = ("SliceLast", "SliceFirst")


def shape(register: Entity, method: str) -> Entity:
    """The row type: that of the register's records; 400/6 if the register has no period."""
    if register.register != "Periodic" or method not in METHODS:
        raise method_not_found()
    name = register.name + ("_RecordType" if register.is_recorded else "")
    return Entity(name, register.fields, key=(), navigation=register.navigation)


def table(
    register: Entity, method: str, arguments: Arguments, records: Iterable[Record]
) -> tuple[Entity, list[Record]]:
    """Per combination of dimensions the last record up to a moment, or the first from it on."""
    entity = shape(register, method)
    arguments.only("Period", "Condition")
    accepts, last = arguments.condition(register), method == "SliceLast"
    moment = arguments.moment("Period") if last else arguments.moment("Period", "")
    chosen: dict[tuple[str, ...], Record] = {}
    for record in sorted(records, key=lambda row: str(row["Period"]), reverse=not last):
        inside = record["Period"] <= moment if last else record["Period"] >= moment
        if inside and record.get("Active", True) and accepts(record):
            key = tuple(str(record[name]) for name in register.dimensions)
            chosen[key] = {name: record[name] for name in register.fields}
    return entity, list(chosen.values())
