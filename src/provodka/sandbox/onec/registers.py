"""Virtual tables of registers: turnovers, and what a register without balances refuses."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from provodka.sandbox.onec.conditions import Loader, compile_condition, entity_scope
from provodka.sandbox.onec.errors import method_not_found, segment_not_found
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.syntax import parse_filter
from provodka.sandbox.onec.values import Record, parse


def turnovers_entity(register: Entity) -> Entity:
    """The shape of the rows that `turnovers` returns."""
    fields = {name: register.fields[name] for name in register.dimensions}
    for name in register.resources:
        fields[f"{name}Turnover"] = register.fields[name]
    return Entity(f"{register.name}_Turnover", fields, key=())


def turnovers(
    objects: Objects, register: Entity, method: str, arguments: dict[str, str], load: Loader
) -> list[Record]:
    """`Turnovers(StartPeriod=…,EndPeriod=…,Condition=…,Dimensions=…)`, grouped by dimensions."""
    if method != "Turnovers" or register.kind != "AccumulationRegister":
        raise method_not_found()
    dimensions = _dimensions(register, arguments.get("Dimensions", ""))
    accepts = _condition(objects, register, arguments.get("Condition", ""), load)
    start, end = arguments.get("StartPeriod", ""), arguments.get("EndPeriod", "9999")
    groups: dict[tuple[str, ...], dict[str, Decimal]] = {}
    for (text,) in objects.database.rows("SELECT text FROM movement ORDER BY period, id"):
        row: Record = parse(text)
        if start <= row["Period"] <= end and accepts(row):
            group = groups.setdefault(tuple(str(row[name]) for name in dimensions), {})
            for name in register.resources:
                group[name] = group.get(name, Decimal(0)) + row[name]
    return [
        dict(zip(dimensions, key, strict=True))
        | {f"{name}Turnover": amount for name, amount in sums.items()}
        for key, sums in groups.items()
    ]


def _dimensions(register: Entity, text: str) -> tuple[str, ...]:
    if not text:
        return register.dimensions
    wanted = [name.strip() for name in text.split(",")]
    chosen: list[str] = []
    for name in wanted:
        known = [item for item in (name, f"{name}_Key", f"{name}_Type") if item in register.fields]
        if not known:
            raise segment_not_found(name)
        chosen.extend(known)
    return tuple(dict.fromkeys(chosen))


def _condition(
    objects: Objects, register: Entity, text: str, load: Loader
) -> Callable[[Record], bool]:
    if not text:
        return lambda _record: True
    scope = entity_scope(objects.schema, register, load, False)
    return compile_condition(parse_filter(text), scope)
