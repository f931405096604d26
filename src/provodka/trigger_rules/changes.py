"""Journal deltas folded to what each transaction really did to each document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from provodka.connectors.crm_store.journal import Delta

__all__ = ["Change", "net_changes", "whole_transactions"]

Row = Mapping[str, Any]
NO_PARTS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction did to one document, on whose behalf and because of what.

    `before` is empty for a new document, `after` for one whose row is gone. `parts` names
    the tabular sections that changed. `id` is the delta to name as the cause of consequences.
    """

    id: int
    kind: str
    document: UUID
    before: Row | None
    after: Row | None
    parts: frozenset[str]
    origin: str
    depth: int

    @property
    def row(self) -> Row:
        """The document as the change left it, or as it was if nothing is left."""
        return self.after or self.before or {}


def net_changes(deltas: Iterable[Delta]) -> list[Change]:
    """Fold deltas of one transaction, origin and cause on one document into one change.

    A document that is inserted and then completed in the same transaction was never seen
    half-made by anybody else: rules see it whole. Order is that of the first delta; what
    came and went inside one transaction is not a change.
    """
    groups: dict[Any, list[Delta]] = {}
    for delta in deltas:
        key = (delta.xid, delta.document.int, delta.kind, delta.origin, delta.cause)
        group = groups.get(key)
        if group is None:
            groups[key] = [delta]
        else:
            group.append(delta)
    return [change for group in groups.values() if (change := _folded(group))]


def whole_transactions(deltas: Sequence[Delta], limit: int) -> Sequence[Delta]:
    """The page without a last transaction that the limit may have cut in two.

    A transaction longer than the page is left as it is, and handled in pieces.
    """
    if len(deltas) < limit:
        return deltas
    last = deltas[-1].xid
    whole = [delta for delta in deltas if delta.xid != last]
    return whole or deltas


def _folded(group: list[Delta]) -> Change | None:
    if len(group) == 1 and not group[0].part:
        return _alone(group[0])
    own = [delta for delta in group if delta.part == ""]
    parts = frozenset(delta.part for delta in group if delta.part)
    last = group[-1]
    before, after = (own[0].before, own[-1].after) if own else ({}, {})
    if own and before is None and after is None:
        return None
    return Change(
        id=(own or group)[-1].id,
        kind=last.kind,
        document=last.document,
        before=before,
        after=after,
        parts=parts,
        origin=last.origin,
        depth=last.depth,
    )


def _alone(delta: Delta) -> Change | None:
    """The usual case: one statement, one document, none of its sections."""
    if delta.before is None and delta.after is None:
        return None
    return Change(
        delta.id,
        delta.kind,
        delta.document,
        delta.before,
        delta.after,
        NO_PARTS,
        delta.origin,
        delta.depth,
    )
