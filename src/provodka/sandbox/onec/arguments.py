"""Arguments of virtual tables: `Balance(Period=datetime'…',Condition='…',Dimensions='…')`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from provodka.sandbox.onec.conditions import Loader, compile_condition, entity_scope
from provodka.sandbox.onec.errors import bad_literal, segment_not_found
from provodka.sandbox.onec.schema import Entity, Schema
from provodka.sandbox.onec.syntax import parse_filter
from provodka.sandbox.onec.values import Record

_LAST = "9999-12-31T23:59:59"


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, and what is needed to understand a condition among them."""

    values: Mapping[str, str]
    schema: Schema
    load: Loader

    def only(self, *names: str) -> None:
        """Refuse (400/6) an argument that the virtual table does not have."""
        for name in self.values:
            if name not in names:
                raise segment_not_found(name)

    def moment(self, name: str, default: str = _LAST) -> str:
        """A date; 400/1 for one that is none."""
        text = self.values.get(name, "")
        if not text:
            return default
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None).isoformat()
        except ValueError:
            raise bad_literal(text, "Edm.DateTime") from None

    def condition(self, entity: Entity, name: str = "Condition") -> Callable[[Record], bool]:
        """A condition over records of `entity`; everything passes if there is none."""
        text = self.values.get(name, "")
        if not text:
            return lambda _record: True
        scope = entity_scope(self.schema, entity, self.load, False)
        return compile_condition(parse_filter(text), scope)

    def dimensions(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """The dimensions asked for, all by default; named with `_Key` or without it."""
        text = self.values.get("Dimensions", "")
        if not text:
            return known
        chosen: list[str] = []
        for name in (part.strip() for part in text.split(",")):
            found = [item for item in (name, f"{name}_Key", f"{name}_Type") if item in known]
            if not found:
                raise segment_not_found(name)
            chosen.extend(found)
        return tuple(dict.fromkeys(chosen))


def part_of(entity: Entity, name: str, fields: tuple[str, ...]) -> Entity:
    """A keyless row type that has some of an entity's properties and their navigation."""
    chosen = {field: entity.fields[field] for field in fields}
    links = {item.navigation: item for item in chosen.values() if item.navigation}
    return Entity(name, chosen, key=(), navigation=links)
