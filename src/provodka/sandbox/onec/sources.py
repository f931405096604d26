"""Where the records of a set come from: objects, their tabular sections, register movements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.pushdown import Pushed
from provodka.sandbox.onec.schema import Entity, Field
from provodka.sandbox.onec.values import Record, parse


@dataclass(frozen=True, slots=True)
class Source:
    """A set as it is read: `entity` describes its records, `owner` holds them."""

    entity: Entity
    owner: Entity
    part: str = ""

    @property
    def whole(self) -> bool:
        """Whether records are objects, which SQL can filter and count."""
        return not self.part and self.owner.kind != "AccumulationRegister"


def source_of(owner: Entity, part: str) -> Source:
    """Describe the set that `Schema.find` found."""
    if owner.kind == "AccumulationRegister":
        return Source(_register(owner, part), owner, part)
    if not part:
        return Source(owner, owner)
    fields = owner.sections[part]
    navigation = {item.navigation: item for item in fields.values() if item.navigation}
    name = f"{owner.name}_{part}"
    rows = Entity(name, fields, key=("Ref_Key", "LineNumber"), navigation=navigation)
    return Source(rows, owner, part)


def _register(owner: Entity, part: str) -> Entity:
    if part == "RecordType":
        key = ("Recorder", "Recorder_Type", "LineNumber")
        return Entity(f"{owner.name}_RecordType", owner.fields, key=key)
    names = ("Recorder", "Recorder_Type")
    fields: dict[str, Field] = {name: owner.fields[name] for name in names}
    inner = {name: item for name, item in owner.fields.items() if name not in names}
    return Entity(owner.name, fields, {"RecordSet": inner}, key=names)


def records(objects: Objects, source: Source, pushed: Pushed) -> Iterator[Record]:
    """Records of a set that is not made of whole objects, in a stable order."""
    if source.owner.kind == "AccumulationRegister":
        yield from _movements(objects, source)
        return
    where = f" AND ({pushed.sql})"
    for identifier in objects.find(source.owner.name, where, pushed.values, "o.id"):
        yield from objects.load(identifier)[source.part]


def _movements(objects: Objects, source: Source) -> Iterator[Record]:
    found = objects.database.rows(
        "SELECT recorder, recorder_type, text FROM movement ORDER BY recorder, line"
    )
    if source.part == "RecordType":
        for _, _, text in found:
            yield parse(text)
        return
    sets: dict[tuple[str, str], list[Record]] = {}
    for recorder, recorder_type, text in found:
        row = parse(text)
        inner = {name: row[name] for name in source.entity.sections["RecordSet"]}
        sets.setdefault((recorder, recorder_type), []).append(inner)
    for (recorder, recorder_type), rows in sets.items():
        yield {"Recorder": recorder, "Recorder_Type": recorder_type, "RecordSet": rows}
