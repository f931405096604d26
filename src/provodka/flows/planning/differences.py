"""Two plans compared, item by item: what has moved since the first was made, what came later.

Pure: values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provodka.flows.insight.planned import Dispute, Held, Plan, PlannedChange, Push

__all__ = ["Came", "Moved", "came_later", "moved"]

Item = PlannedChange | Push | Held | Dispute
Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a plan said of a document, or of one field of it, and what would happen now.

    `document` is told for people. `None` stands for nothing: the item is not planned, or would
    no longer happen.
    """

    what: str
    kind: str
    document: str
    field: str
    planned: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Came:
    """An item that the first plan does not have."""

    name: Name
    item: Item


def came_later(planned: Plan, now: Plan) -> tuple[Came, ...]:
    """The items of the second plan that the first says nothing of."""
    known = _items(planned)
    return tuple(Came(name, item) for name, item in _items(now).items() if name not in known)


def moved(planned: Plan, now: Plan) -> tuple[Moved, ...]:
    """Everything that the second plan has otherwise than the first, or not at all."""
    old, new = _items(planned), _items(now)
    found: list[Moved] = []
    for name, item in old.items():
        if name not in new:
            found.append(_whole(name, item, "planned", None))
        elif new[name] != item:
            found += _fields(name, item, new[name])
    found += [_whole(name, item, None, "new") for name, item in new.items() if name not in old]
    return tuple(found)


def _items(plan: Plan) -> Mapping[Name, Item]:
    items: dict[Name, Item] = {}
    for change in plan.changes:
        items["pull", change.kind, change.document] = change
    for push in plan.pushes:
        items["push", push.kind, push.document] = push
    for what, rows in (("set_aside", plan.set_aside), ("parked", plan.parked)):
        for held in rows:
            items[what, held.stream, held.external_key, held.reason] = held
    for dispute in plan.conflicts:
        items["conflict", dispute.kind, dispute.document, dispute.field] = dispute
    return items


def _whole(name: Name, item: Item, planned: Any, now: Any) -> Moved:
    return Moved(name[0], name[1], _title(name, item), "", planned, now)


def _title(name: Name, item: Item) -> str:
    return getattr(item, "title", "") or name[2]


def _fields(name: Name, planned: Item, now: Item) -> Iterator[Moved]:
    was, would = dict(_told(planned)), dict(_told(now))
    for field in [*was, *(one for one in would if one not in was)]:
        if was.get(field) != would.get(field):
            yield Moved(
                name[0], name[1], _title(name, now), field, was.get(field), would.get(field)
            )


def _told(item: Item) -> Iterator[tuple[str, Any]]:
    if isinstance(item, PlannedChange):
        yield "op", item.op
        for entry in item.entries:
            where = f"{entry.part}.{entry.line}." if entry.part else ""
            for one in entry.fields:
                yield f"{where}{one.field}", {"before": one.before, "after": one.after}
                yield f"{where}{one.field}?", (one.wins, one.why)
    elif isinstance(item, Push):
        yield from (("op", item.op), ("state", item.state), ("trouble", item.trouble))
        for place, wire in enumerate(item.writes, start=1):
            where = f"{place}. {wire.method} {wire.path}"
            yield where, wire.body if not isinstance(wire.body, dict) else ""
            if isinstance(wire.body, dict):
                yield from ((f"{where} {field}", value) for field, value in wire.body.items())
        for one in item.fields:
            yield one.field, {"before": one.before, "after": one.after}
            yield f"{one.field}?", (one.wins, one.why)
    elif isinstance(item, Held):
        yield from (("reason", item.reason), ("next_step", item.next_step))
    else:
        sides = {"base": item.base, "ours": item.ours, "theirs": item.theirs}
        yield item.field, sides
        yield "stream", item.stream
