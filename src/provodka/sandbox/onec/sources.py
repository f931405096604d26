"""Where the records of a set come from: objects, their tabular sections, registers, nodes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from provodka.sandbox.onec.movements import Movements
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.pushdown import Pushed
from provodka.sandbox.onec.registration import Node
from provodka.sandbox.onec.schema import Entity, Field
from provodka.sandbox.onec.values import Record


@dataclass(frozen=True, slots=True)
class Source:
    """A set as it is read: `entity` describes its records, `owner` holds them."""

    entity: Entity
    owner: Entity
    part: str = ""

    @property
    def whole(self) -> bool:
        """Whether records are objects, which SQL can filter and count."""
        return not (self.part or self.owner.is_recorded or self.owner.kind == "ExchangePlan")


def source_of(owner: Entity, part: str) -> Source:
    """Describe the set that `Schema.find` found."""
    if owner.is_recorded:
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
        name = f"{owner.name}_RecordType"
        return Entity(name, owner.fields, key=key, navigation=owner.navigation)
    names = ("Recorder", "Recorder_Type")
    fields: dict[str, Field] = {name: owner.fields[name] for name in names}
    inner = {name: item for name, item in owner.fields.items() if name not in names}
    return Entity(owner.name, fields, {"RecordSet": inner}, key=names)


def records(objects: Objects, source: Source, pushed: Pushed) -> Iterator[Record]:
    """Records of a set that is not made of whole objects, in a stable order."""
    owner = source.owner
    if owner.kind == "ExchangePlan":
        yield from (node_record(owner, node) for node in objects.changes.nodes(owner.title))
    elif owner.is_recorded:
        for recorder, type_name, rows in Movements(objects).record_sets(owner.name):
            if source.part == "RecordType":
                yield from ({name: row[name] for name in owner.fields} for row in rows)
            else:
                yield record_set(source.entity, recorder, type_name, rows)
    else:
        where = f" AND ({pushed.sql})"
        for identifier in objects.find(owner.name, where, pushed.values, "o.id"):
            yield from objects.load(identifier)[source.part]


def record_set(entity: Entity, recorder: str, type_name: str, rows: list[Record]) -> Record:
    """A recorder's whole set of records: the rows do not repeat the recorder."""
    inner = entity.sections["RecordSet"]
    return {
        "Recorder": recorder,
        "Recorder_Type": type_name,
        "RecordSet": [{name: row[name] for name in inner} for row in rows],
    }


def node_record(plan: Entity, node: Node) -> Record:
    """A node of an exchange plan as an object of the base."""
    stamp = node.sent_no * 2 + node.received_no + 1
    record: Record = {name: field.default for name, field in plan.fields.items()}
    values: Record = {
        "Ref_Key": node.ref,
        "Code": node.code,
        "Description": node.description,
        "DataVersion": base64.b64encode(stamp.to_bytes(8, "big")).decode(),
        "ThisNode": node.this_node,
        "SentNo": str(node.sent_no),
        "ReceivedNo": str(node.received_no),
        "ExchangeDate": node.exchange_date,
    }
    return record | {name: value for name, value in values.items() if name in record}
