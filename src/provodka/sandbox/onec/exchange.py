"""`SelectChanges` and `NotifyChangesReceived`: the change feed of an exchange plan.

`POST …/SelectChanges?DataExchangePoint='<root>/ExchangePlan_X(guid'…')'&MessageNo=N` answers all
changes that the node has not confirmed, as Atom whatever format is asked for, without pages;
`NotifyChangesReceived` with the same options confirms (vendor's guide 8.3.27 §17.4.9).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from provodka.sandbox.onec.addresses import key_address
from provodka.sandbox.onec.atom import Tombstone
from provodka.sandbox.onec.errors import bad_literal, instance_not_found, refused, set_not_found
from provodka.sandbox.onec.movements import Movements
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.registration import Change, Node
from provodka.sandbox.onec.schema import Entity
from provodka.sandbox.onec.serializer import Serializer
from provodka.sandbox.onec.sources import record_set, source_of
from provodka.sandbox.onec.values import Record

ACTIONS = frozenset({"SelectChanges", "NotifyChangesReceived"})
_POINT = re.compile(r"ExchangePlan_([^(/]+)\(guid'([0-9A-Fa-f-]{36})'\)'?$")


class ChangeFeed:
    """The exchange nodes' side of one base."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._movements = Movements(objects)

    def select(self, query: Mapping[str, str], out: Serializer) -> bytes:
        """Stamp the node's changes with the message's number and list all of them."""
        node, number = self._addressed(query, out)
        changes = self._objects.changes.changes_for(node.plan, node.ref, number)
        return out.atom.changes(self._items(changes, out))

    def confirm(self, query: Mapping[str, str], out: Serializer) -> None:
        """The node has the message and those before it."""
        node, number = self._addressed(query, out)
        self._objects.changes.confirm(node.plan, node.ref, number, out.now)

    def _addressed(self, query: Mapping[str, str], out: Serializer) -> tuple[Node, int]:
        point = query.get("DataExchangePoint", "").strip()
        match = _POINT.search(point)
        plan = match.group(1) if match else point
        if match is None or not out.visibility.shows(f"ExchangePlan_{plan}"):
            raise set_not_found(f"ExchangePlan_{plan}" if match else point)
        node = self._objects.changes.node(plan, match.group(2).lower())
        if node is None:
            raise instance_not_found(plan)
        if node.this_node:
            raise refused("Регистрация изменений для данного узла не выполняется: это узел базы")
        number = query.get("MessageNo", "")
        if not number.isdigit():
            raise bad_literal(number, "Edm.Int64")
        return node, int(number)

    def _items(
        self, changes: list[Change], out: Serializer
    ) -> Iterator[tuple[Entity, Record] | Tombstone]:
        for change in changes:
            entity = self._objects.schema.entities.get(change.set_name)
            if entity is None or not out.visibility.shows(entity.name):
                continue
            shown = source_of(entity, "").entity
            record = None if change.deleted else self._record(entity, shown, change.key)
            if record is None:
                yield Tombstone(key_address(shown, change.key), change.at)
            else:
                yield shown, record

    def _record(self, entity: Entity, shown: Entity, key: str) -> Record | None:
        if not entity.is_recorded:
            return self._objects.get(entity.name, key)
        for found in self._movements.record_sets(entity.name, key):
            return record_set(shown, *found)
        recorder, _, type_name = key.partition("|")
        return record_set(shown, recorder, type_name, [])
