"""A person's word on conflicts: our value becomes it, their value becomes the new base.

Both sides then know what the other has, and the same dispute cannot come back: only a new
change there makes a new one. What 1C should have instead goes there as any other change does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import InvalidOperation
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, conflicts, journal, locks
from provodka.connectors.crm_store.bindings import Binding
from provodka.flows.hub import Hub
from provodka.flows.onec.merging import Plan, write
from provodka.flows.onec.pulling import TAKING
from provodka.flows.onec.queueing import SYSTEM, queue_push
from provodka.flows.onec.refusals import REFUSALS
from provodka.flows.onec.stored import load, part_table, table_of
from provodka.flows.onec.typed import as_column
from provodka.foundation.errors import DocumentError, Refused
from provodka.foundation.i18n import _
from provodka.mappings.aligned import place_now
from provodka.mappings.compiled import Mapping
from provodka.mappings.nesting import apply_changes, declared_name, value_at
from provodka.mappings.snapshot import canonical, unshape
from provodka.mappings.tombstones import MARK

__all__ = ["Resolved", "Take", "resolve"]

Take = Literal["ours", "theirs", "value"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What came of one conflict: the value that holds now, and whether 1C is to be told."""

    number: int
    kind: str
    document: UUID
    field: str
    taken: str
    value: Any
    queued: bool


def resolve(
    hub: Hub, numbers: Sequence[int], take: Take, who: str, value: str | None = None
) -> list[Resolved]:
    """Settle open conflicts, all in one transaction, as the person `who`; see the module.

    `value` is what a person typed, for `take` = value: empty text stands for no value.
    Raises `DocumentError` for a number that is not open or a value that does not fit.
    """
    done: list[Resolved] = []
    with locks.alone(hub.engine, TAKING, wait=True), hub.engine.begin() as connection:
        found = conflicts.numbered(connection, numbers)
        _all_open(numbers, found)
        by_document: dict[tuple[str, str, UUID], list[dict[str, Any]]] = defaultdict(list)
        for row in found:
            by_document[row["stream"], row["kind"], row["document"]].append(row)
        for (stream, _kind, document), rows in by_document.items():
            settling = _Settling(connection, _mapping(hub, stream), document, who)
            done += settling.settle(rows, take, value)
    return done


@dataclass(frozen=True)
class _Settling:
    """The conflicts of one document, settled together; its row is locked first, as a pull does."""

    connection: Connection
    mapping: Mapping
    document: UUID
    who: str

    def settle(
        self, rows: Sequence[dict[str, Any]], take: Take, value: str | None
    ) -> list[Resolved]:
        journal.attribute(self.connection, f"person:{self.who}")
        ours = load(self.connection, self.mapping, [self.document]).get(self.document)
        locked = conflicts.numbered(self.connection, [row["id"] for row in rows], lock=True)
        _all_open([row["id"] for row in rows], locked)
        if ours is None:
            raise _gone(locked[0])
        bound = bindings.find(self.connection, SYSTEM, self.mapping.kind, self.document)
        now = self._places(locked, bound, ours)
        chosen = {
            row["field"]: self._chosen(row, ours, now[row["field"]], take, value) for row in locked
        }
        self._write(ours, {now[name]: one for name, one in chosen.items()})
        self._agree(bound, chosen, {row["field"]: row["theirs"] for row in locked})
        values = canonical(chosen)
        queued = self._queue([row for row in locked if values[row["field"]] != row["theirs"]])
        for row in locked:
            said = take, values[row["field"]], f"person:{self.who}"
            conflicts.resolve(self.connection, row["id"], *said)
        return [
            Resolved(*self._about(row), take, values[row["field"]], row["id"] in queued)
            for row in locked
        ]

    def _places(
        self,
        rows: Sequence[AnyMapping[str, Any]],
        bound: Binding | None,
        ours: AnyMapping[str, Any],
    ) -> dict[str, str]:
        """The fields as ours has them now: whoever edits lines here may have moved them."""
        keys, agreed = self.mapping.line_keys, bound.snapshot if bound else None
        return {row["field"]: place_now(row["field"], agreed, ours, keys) for row in rows}

    def _about(self, row: AnyMapping[str, Any]) -> tuple[int, str, UUID, str]:
        return row["id"], row["kind"], self.document, row["field"]

    def _chosen(
        self,
        row: AnyMapping[str, Any],
        ours: AnyMapping[str, Any],
        now: str,
        take: Take,
        value: str | None,
    ) -> Any:
        field = row["field"]
        if field == MARK:
            return self._chosen_mark(row, take)
        if take == "ours":
            return value_at(ours, now)
        line = now.rpartition(".")[0]
        if _is_row(line) and value_at(ours, line) is None:
            raise _refused(row, _("этой строки больше нет в CRM"))
        if not self._is_ours(field):
            raise _refused(row, _("поле только отправляется, взять его из 1С нельзя"))
        if take == "theirs":
            return self._typed(row, row["theirs"])
        if _is_row(field):
            raise _refused(row, _("это строка целиком, ее нельзя набрать"))
        return self._typed(row, value or None)

    def _chosen_mark(self, row: AnyMapping[str, Any], take: Take) -> bool:
        if take == "value":
            raise _refused(row, _("это пометка удаления: --take ours или theirs"))
        return bool(row[take])

    def _is_ours(self, field: str) -> bool:
        part, _dot, column = declared_name(field, ()).partition(".")
        if part in self.mapping.part_columns:
            return not column or column in self.mapping.part_columns[part]
        return part in self.mapping.columns

    def _typed(self, row: AnyMapping[str, Any], value: Any) -> Any:
        """A value as its column has it; a row of a section cell by cell."""
        part, _dot, column = declared_name(row["field"], ()).partition(".")
        if value is None:
            return None
        if _is_row(row["field"]):
            table = part_table(self.mapping, part)
            return {name: _as(row, table.c[name], cell) for name, cell in value.items()}
        table = part_table(self.mapping, part) if column else table_of(self.mapping)
        return _as(row, table.c[column or part], value)

    def _write(self, ours: AnyMapping[str, Any], chosen: AnyMapping[str, Any]) -> None:
        """Write what differs."""
        plan = Plan()
        fields = {name: one for name, one in chosen.items() if name != MARK}
        changes = {name: one for name, one in fields.items() if self._changes(ours, name, one)}
        plan.alive += [self.document] if chosen.get(MARK) is False else []
        if changes:
            _change(plan, self.mapping, self.document, apply_changes(ours, changes))
        try:
            write(self.connection, SYSTEM, self.mapping, plan)
        except REFUSALS as refusal:
            raise _refused_by_store(self.mapping, chosen, refusal) from refusal

    def _agree(
        self,
        bound: Binding | None,
        chosen: AnyMapping[str, Any],
        theirs: AnyMapping[str, Any],
    ) -> None:
        """Keep what 1C has as agreed, without asking it again."""
        if bound is None:
            return
        known = {name: one for name, one in theirs.items() if self._is_ours(name)}
        agreed = canonical(apply_changes(bound.snapshot or {}, known))
        # The deletion stands although the document was changed there: not asked again.
        agreed |= {MARK: False} if chosen.get(MARK) else {}
        bindings.save(self.connection, replace(bound, snapshot=agreed))

    def _changes(self, ours: AnyMapping[str, Any], name: str, value: Any) -> bool:
        return bool(canonical(value_at(ours, name)) != canonical(value))

    def _queue(self, rows: Sequence[dict[str, Any]]) -> set[int]:
        """Have 1C told of what it does not have; the numbers of the conflicts concerned."""
        sendable = self.mapping.sendable
        sent = {
            row["id"]
            for row in rows
            if row["field"] == MARK or declared_name(row["field"], sendable) in sendable
        }
        if not self.mapping.writes or not sent:
            return set()
        reason = f"resolved:{','.join(map(str, sorted(sent)))}"
        queue_push(self.connection, self.mapping.kind, self.document, reason)
        return sent


def _change(plan: Plan, mapping: Mapping, document: UUID, changed: AnyMapping[str, Any]) -> None:
    values, parts = unshape(changed)
    plan.changed.append(document)
    plan.rows.append((document, [values[name] for name in mapping.columns]))
    for part, rows in parts.items():
        columns = mapping.part_columns[part]
        plan.parts[part] += [(document, *(row.get(name) for name in columns)) for row in rows]


def _is_row(field: str) -> bool:
    return field.rpartition(".")[2].isdigit()


def _as(row: AnyMapping[str, Any], column: Any, value: Any) -> Any:
    """A value of the inbox, or one that a person typed, as the column has it."""
    if value is None:
        return None
    try:
        return as_column(column.type, value)
    except (ValueError, TypeError, InvalidOperation):
        found = _("«{value}» не подходит полю «{column}»").format(value=value, column=column.name)
        raise _refused(row, found) from None


def _mapping(hub: Hub, stream: str) -> Mapping:
    return hub.mappings[stream.removeprefix(f"{SYSTEM}:")]


def _all_open(numbers: Sequence[int], found: Sequence[AnyMapping[str, Any]]) -> None:
    waiting = {row["id"] for row in found if row["resolved_at"] is None}
    for number in numbers:
        if number not in waiting:
            known = any(row["id"] == number for row in found)
            raise DocumentError(
                _("Конфликт {number}").format(number=number),
                found=_("уже решен") if known else _("такого нет"),
                expected=_("номер открытого конфликта"),
                next_step=_("открытые покажет provodka conflicts list"),
                code="no_conflict",
            )


def _gone(row: AnyMapping[str, Any]) -> DocumentError:
    return _refused(row, _("документа больше нет в CRM"))


def _refused(row: AnyMapping[str, Any], found: str) -> DocumentError:
    return DocumentError(
        _("Конфликт {number}, {kind}, поле {field}").format(
            number=row["id"], kind=row["kind"], field=row["field"]
        ),
        found=found,
        expected=_("значение, которое поле может принять"),
        next_step=_("посмотрите provodka conflicts show {number}").format(number=row["id"]),
        code="cannot_resolve",
    )


def _refused_by_store(
    mapping: Mapping, chosen: AnyMapping[str, Any], refusal: Exception
) -> Refused:
    said = str(getattr(refusal, "orig", refusal)).splitlines()[0]
    return Refused(
        f"{mapping.kind}: {', '.join(chosen)}",
        found=_("база отказала: {said}").format(said=said),
        expected=_("значение, которое допускает таблица"),
        next_step=_("выберите другое значение"),
        code="store_refused",
    )
