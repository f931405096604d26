"""The life of one document as a causal tree: where from, who, because of what, where to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store.journal import Delta
from provodka.dashboards.insight.changes import Entry, FieldChange, folded, whole_op
from provodka.dashboards.insight.earlier import Archived, earlier_than
from provodka.dashboards.insight.finding import find_document
from provodka.dashboards.insight.history import History, Stray, read_history, read_strays
from provodka.dashboards.insight.messages import CameIn, came_in
from provodka.dashboards.insight.settlement import Standing, standing_of
from provodka.dashboards.insight.titles import Key, reference_kind, stage_names, titles

__all__ = ["Change", "Effect", "Errand", "Mark", "Node", "Trace", "trace", "trace_of"]

AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction did to one document; `own` is the traced one's.

    `ids` are the deltas folded into it, `op` is `insert`, `update` or `delete` of the whole.
    """

    ids: tuple[int, ...]
    at: datetime
    kind: str
    document: UUID
    title: str
    own: bool
    op: str
    entries: tuple[Entry, ...]
    origin: str
    cause: int | None
    depth: int
    consequences: tuple[Node, ...] = ()
    node: str = "change"


@dataclass(frozen=True, slots=True)
class Effect:
    """A rule's action that was carried out; `made` names what it created or changed."""

    key: str
    at: datetime
    rule: str
    version: str
    action: str
    made: Any
    cause: int | None
    consequences: tuple[Node, ...] = ()
    node: str = "effect"


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to be done in another system, and how far it has come."""

    id: int
    at: datetime
    key: str
    target: str
    operation: str
    kind: str
    document: UUID
    title: str
    state: str
    attempts: int
    due_at: datetime
    settled_at: datetime | None
    marker: str | None
    result: Any
    trouble: Any
    cause: int | None
    consequences: tuple[Node, ...] = ()
    node: str = "errand"


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands beside the history: a binding, a quarantine row, a parked document, a conflict.

    `about` names which; `said` are the row's columns.
    """

    about: str
    said: Mapping[str, Any]


Node: TypeAlias = Change | Effect | Errand


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer; `kind` and `document` are `None` for one that never got into the store.

    `came_from` is the origin of the first change. `names` are the titles of documents that
    the changes refer to, by key; `stages` those of stages, by code, unless scenarios disagree.
    `complete` is false when consequences beyond a limit are left out. `messages` tells which
    message of EnterpriseData a change came in, by the change's number. `earlier` are the months
    with the changes before the first one that have left the store. `standing` is how an invoice
    stands now, and what it was paid and shipped by.
    """

    asked: str
    kind: str | None
    document: UUID | None
    title: str
    came_from: str
    roots: tuple[Node, ...]
    marks: tuple[Mark, ...]
    names: Mapping[str, str]
    stages: Mapping[str, str]
    complete: bool
    messages: Mapping[int, CameIn] = field(default_factory=dict)
    earlier: tuple[Archived, ...] = ()
    standing: Standing | None = None


def trace(connection: Connection, what: str, *, at_most: int = AT_MOST) -> Trace:
    """Follow a document's causes up and its consequences down; `what` as in `find_document`."""
    key = find_document(connection, what)
    if key is None:
        marks = _marks(read_strays(connection, None, what))
        return Trace(what, None, None, "", "", (), marks, {}, {}, True)
    return trace_of(connection, key, asked=what, at_most=at_most)


def trace_of(connection: Connection, key: Key, *, asked: str = "", at_most: int = AT_MOST) -> Trace:
    """The same of a document whose key is known."""
    what = asked or str(key[1])
    history = read_history(connection, key, at_most)
    named = titles(connection, _mentioned(history, key))
    own = [delta for delta in history.deltas if delta.id in history.own]
    return Trace(
        asked=what,
        kind=key[0],
        document=key[1],
        title=named.get(key, ""),
        came_from=own[0].origin if own else "",
        roots=_Tree(history, named).roots(key),
        marks=_marks(read_strays(connection, key, what, history.own)),
        names={str(document): title for (_kind, document), title in named.items() if title},
        stages=stage_names(connection),
        complete=history.complete,
        messages=came_in(connection, (delta.id for delta in history.deltas)),
        earlier=earlier_than(connection, own),
        standing=standing_of(connection, key[1]) if key[0] == "invoice" else None,
    )


class _Tree:
    """Hangs every change, effect and errand under what led to it."""

    def __init__(self, history: History, named: Mapping[Key, str]) -> None:
        self.history = history
        changes = [self._change(group, named) for group in _grouped(history.deltas)]
        effects = [_effect(row) for row in history.effects]
        errands = [_errand(row, named) for row in history.errands]
        hung: list[Node] = [*changes, *effects, *errands]
        self.nodes = {_ref(node): node for node in hung}
        self.born = _by_document(changes)
        self.of_delta = {number: _ref(change) for change in changes for number in change.ids}
        self.effects_of = _by_cause(effects)
        self.errands_of = _by_cause(errands)
        self.under: dict[Any, list[Any]] = defaultdict(list)
        for ref, node in self.nodes.items():
            self.under[self._parent(node)].append(ref)

    def roots(self, key: Key) -> tuple[Node, ...]:
        """Trees in time order; a branch that does not touch the document is left out."""
        return tuple(
            node for ref in self._in_order(None) if (node := self._grown(ref, key)) is not None
        )

    def _grown(self, ref: Any, key: Key) -> Node | None:
        node = self.nodes[ref]
        grown = tuple(
            inner for below in self._in_order(ref) if (inner := self._grown(below, key)) is not None
        )
        return replace(node, consequences=grown) if grown or self._concerns(node, key) else None

    def _concerns(self, node: Node, key: Key) -> bool:
        """Not what else a cause of the document has led to; such changes are not even read."""
        if isinstance(node, Change):
            return True
        followed = node.cause in self.history.down
        return followed or (isinstance(node, Errand) and (node.kind, node.document) == key)

    def _in_order(self, ref: Any) -> list[Any]:
        return sorted(self.under[ref], key=lambda below: self.nodes[below].at)

    def _parent(self, node: Node) -> Any:
        if isinstance(node, Change):
            for errand in self.errands_of[node.cause]:
                if (node.origin, node.document) == (errand.target, errand.document):
                    return _ref(errand)
        if isinstance(node, Errand) and node.cause is not None:
            for ref in self.born.get((node.kind, node.document), ()):
                if self.nodes[ref].cause == node.cause:
                    return ref
        if not isinstance(node, Effect):
            for effect in self.effects_of[node.cause]:
                made_by_rule = isinstance(node, Errand) or node.origin == f"rule:{effect.rule}"
                if made_by_rule and str(node.document) in str(effect.made):
                    return _ref(effect)
        return self.of_delta.get(node.cause) if node.cause is not None else None

    def _change(self, group: list[Delta], named: Mapping[Key, str]) -> Change:
        first = group[0]
        entries = folded(group)
        return Change(
            ids=tuple(delta.id for delta in group),
            at=first.at,
            kind=first.kind,
            document=first.document,
            title=named.get((first.kind, first.document), ""),
            own=first.id in self.history.own,
            op=whole_op(entries),
            entries=entries,
            origin=first.origin,
            cause=first.cause,
            depth=first.depth,
        )


def _ref(node: Node) -> Any:
    if isinstance(node, Change):
        return (node.node, node.ids[0])
    return (node.node, node.key)


def _grouped(deltas: Iterable[Delta]) -> list[list[Delta]]:
    groups: dict[Any, list[Delta]] = defaultdict(list)
    for delta in deltas:
        key = (delta.xid, delta.kind, delta.document, delta.origin, delta.cause)
        groups[key].append(delta)
    return list(groups.values())


def _by_document(changes: Iterable[Change]) -> dict[Key, list[Any]]:
    """The changes that brought each document into being."""
    found: dict[Key, list[Any]] = defaultdict(list)
    for change in changes:
        if change.op == "insert":
            found[(change.kind, change.document)].append(_ref(change))
    return found


def _by_cause(nodes: Iterable[Any]) -> dict[int | None, list[Any]]:
    found: dict[int | None, list[Any]] = defaultdict(list)
    for node in nodes:
        if node.cause is not None:
            found[node.cause].append(node)
    return found


def _effect(row: Any) -> Effect:
    return Effect(row.key, row.at, row.rule, row.rule_version, row.action, row.made, row.cause)


def _errand(row: Any, named: Mapping[Key, str]) -> Errand:
    return Errand(
        id=row.id,
        at=row.created_at,
        key=row.key,
        target=row.target,
        operation=row.operation,
        kind=row.kind,
        document=row.document,
        title=named.get((row.kind, row.document), ""),
        state=row.state,
        attempts=row.attempts,
        due_at=row.due_at,
        settled_at=row.settled_at,
        marker=row.marker,
        result=row.result,
        trouble=row.trouble,
        cause=row.cause,
    )


def _marks(stray: Stray) -> tuple[Mark, ...]:
    named = (
        ("binding", stray.bindings),
        ("quarantine", stray.quarantine),
        ("parked", stray.parked),
        ("awaited_by", stray.awaited_by),
        ("conflict", stray.conflicts),
    )
    return tuple(Mark(about, dict(row._mapping)) for about, rows in named for row in rows)


def _mentioned(history: History, key: Key) -> set[Key]:
    found = {key, *((delta.kind, delta.document) for delta in history.deltas)}
    found |= {(row.kind, row.document) for row in history.errands}
    for delta in history.deltas:
        for entry in folded([delta]):
            found |= set(_references(delta.kind, entry.part, entry.fields))
    return found


def _references(kind: str, part: str, fields: Iterable[FieldChange]) -> Iterable[Key]:
    for one in fields:
        target = reference_kind(kind, part, one.field)
        for value in (one.before, one.after):
            if target and value:
                yield target, UUID(value)
