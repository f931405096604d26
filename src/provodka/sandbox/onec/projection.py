"""`$select` and `$expand`: which properties of a record go into the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from provodka.sandbox.onec.conditions import Loader
from provodka.sandbox.onec.errors import segment_not_found
from provodka.sandbox.onec.objects import presentation
from provodka.sandbox.onec.schema import Entity, Field, Fields, Schema
from provodka.sandbox.onec.values import Record

PRESENTATION = "____Presentation"
Step = Callable[[Record, Record], None]


@dataclass(slots=True)
class _Picked:
    """The names asked for on one level; `below` holds the paths under each of them."""

    names: list[str] = field(default_factory=list)
    below: dict[str, list[str]] = field(default_factory=dict)


class Projection:
    """Copies what was asked for out of whole records."""

    def __init__(
        self,
        schema: Schema,
        load: Loader,
        entity: Entity,
        select: tuple[str, ...],
        expand: tuple[str, ...],
    ) -> None:
        self._schema = schema
        self._load = load
        self._steps: list[Step] = []
        self.trivial = not expand and (not select or select == ("*",))
        picked = _pick(select or ("*",))
        for name in picked.names:
            self._add(entity, name, picked.below.get(name, []))
        self._add_expansions(entity, expand, picked, everything=not select or "*" in select)

    def __call__(self, record: Record) -> Record:
        """A new record with the chosen properties only."""
        result: Record = {}
        for step in self._steps:
            step(record, result)
        return result

    def _add(self, entity: Entity, name: str, below: list[str]) -> None:
        if name in {"*", "**"}:
            names = [*entity.fields, *(entity.sections if name == "*" else ())]
            self._steps.extend(_copy(item) for item in names)
        elif name in entity.sections:
            self._steps.append(self._section(name, entity.sections[name], below))
        elif name in entity.fields and not below:
            self._steps.append(_copy(name))
        elif name == "Presentation":
            self._steps.append(lambda record, out: out.update({name: presentation(entity, record)}))
        elif name.endswith(PRESENTATION):
            self._steps.append(self._presentation(name, entity.fields))
        elif name not in entity.navigation:
            raise segment_not_found(name)

    def _section(self, name: str, fields: Fields, below: list[str]) -> Step:
        if not below or "*" in below:
            return _copy(name)
        steps = []
        for column in below:
            if column.endswith(PRESENTATION):
                steps.append(self._presentation(column, fields))
            elif column in fields:
                steps.append(_copy(column))
            else:
                raise segment_not_found(column)

        def step(record: Record, out: Record) -> None:
            rows = []
            for row in record[name]:
                picked: Record = {}
                for inner in steps:
                    inner(row, picked)
                rows.append(picked)
            out[name] = rows

        return step

    def _presentation(self, name: str, fields: Fields) -> Step:
        base = name.removesuffix(PRESENTATION)
        found = fields.get(base) or fields.get(f"{base}_Key")
        if found is None:
            raise segment_not_found(name)

        def step(record: Record, out: Record) -> None:
            out[name] = self._shown(found, record)

        return step

    def _shown(self, item: Field, record: Record) -> str:
        set_name = item.target
        if item.kind == "any":
            set_name = str(record.get(f"{item.name}_Type", "")).removeprefix("StandardODATA.")
        elif item.kind != "guid":
            return str(record[item.name])
        entity = self._schema.entities.get(set_name)
        target = self._load(set_name, str(record[item.name])) if entity else None
        return presentation(entity, target) if entity and target else ""

    def _add_expansions(
        self, entity: Entity, expand: tuple[str, ...], picked: _Picked, *, everything: bool
    ) -> None:
        for name in dict.fromkeys(path.partition("/")[0] for path in expand):
            reference = entity.navigation.get(name)
            if reference is None and name not in entity.sections:
                raise segment_not_found(name)
            asked = everything or name in picked.names
            if reference is not None and asked and reference.target in self._schema.entities:
                self._steps.append(self._expansion(name, reference, picked.below.get(name, [])))

    def _expansion(self, name: str, reference: Field, below: list[str]) -> Step:
        target = self._schema.entities[reference.target]
        inner = Projection(self._schema, self._load, target, tuple(below), ())

        def step(record: Record, out: Record) -> None:
            found = self._load(target.name, str(record[reference.name]))
            out[name] = None if found is None else inner(found)

        return step


def _pick(select: tuple[str, ...]) -> _Picked:
    picked = _Picked()
    for path in select:
        name, _, rest = path.partition("/")
        if name not in picked.names:
            picked.names.append(name)
        if rest:
            picked.below.setdefault(name, []).append(rest)
    return picked


def _copy(name: str) -> Step:
    def step(record: Record, out: Record) -> None:
        out[name] = record[name]

    return step
