"""Whose value a changed field takes, and why: the words beside `reconcile`'s decisions.

`reconcile` decides and is not asked twice: what it has decided is seen in the journal, and the
reason follows from what both sides had agreed on before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select

from provodka.connectors.crm_store.tables.hub import binding
from provodka.dashboards.insight.changes import Entry, FieldChange
from provodka.flows.hub import Hub
from provodka.flows.insight.planned import Reason, plain
from provodka.flows.onec.queueing import SYSTEM
from provodka.mappings.compiled import Mapping as Compiled
from provodka.mappings.reconcile import Reconciled
from provodka.mappings.snapshot import canonical

__all__ = ["Reasons", "sent", "taken"]

Agreed = Mapping[str, Any] | None


def taken(owner: str, agreed: Agreed, field: str, ours: Any) -> Reason:
    """Why a value of theirs replaces ours, which is `ours`; `agreed` are the fields last agreed on.

    `agreed` is `None` where the sides had never met.
    """
    known = agreed is not None and field in agreed
    if known and agreed is not None and canonical(ours) == canonical(agreed[field]):
        return Reason("theirs", "changed_there")
    if owner == "theirs":
        return Reason("theirs", "their_field")
    if not known and canonical(ours) is None:
        return Reason("theirs", "empty_here")
    if owner == "latest":
        return Reason("theirs", "later_there")
    return Reason("theirs", "agreed_there")


def sent(decided: Reconciled, field: str, agreed: Agreed) -> Reason:
    """Why a value of ours replaces theirs."""
    if any(one.field == field for one in decided.overruled):
        return Reason("ours", "our_field")
    known = agreed is not None and field.partition(".")[0] in agreed
    return Reason("ours", "changed_here" if known else "empty_there")


class Reasons:
    """The reasons of what has been read from 1C; asks the store for what was agreed before."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._agreed: dict[UUID, Agreed] = {}

    def __call__(self, kind: str, document: UUID, entry: Entry, one: FieldChange) -> Reason:
        """Whose word the change of a field is; nothing for what the store works out itself."""
        if entry.op != "update":
            return Reason()
        if one.field == "deleted_at":
            return Reason("theirs", "marked_there")
        name = f"{entry.part}.{one.field}" if entry.part else one.field
        owner = self._owners.get((kind, name))
        if owner is None:
            return Reason("", "worked_out")
        agreed = self._before(document)
        if entry.part and agreed is not None:
            agreed = (agreed.get(entry.part) or {}).get(str(entry.line))
        return taken(owner, agreed, one.field, _typed(plain(one.before)))

    @cached_property
    def _owners(self) -> dict[tuple[str, str], str]:
        """Who owns each field that is read."""
        if self._hub.settings.onec is None:
            return {}
        return {
            (mapping.kind, name): mapping.owners.get(name, "ask")
            for mapping in self._hub.mappings.values()
            if mapping.reads
            for name in _names(mapping)
        }

    def _before(self, document: UUID) -> Agreed:
        """What both sides had agreed on before this run: another transaction still sees it."""
        if document not in self._agreed:
            query = select(binding.c.snapshot).where(
                binding.c.system == SYSTEM, binding.c.document == document
            )
            with self._hub.engine.connect() as connection:
                self._agreed[document] = connection.execute(query).scalar()
        return self._agreed[document]


def _names(mapping: Compiled) -> set[str]:
    columns = mapping.part_columns
    return {*mapping.columns, *(f"{part}.{name}" for part in columns for name in columns[part])}


def _typed(value: Any) -> Any:
    """A time as a time: the journal has it in another spelling than the snapshot."""
    if isinstance(value, str) and len(value) >= 19 and value[10:11] == "T":
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
