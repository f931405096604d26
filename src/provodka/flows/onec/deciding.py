"""One document's reconciliation, with what the store knows: open conflicts, times of changes."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as AnyMapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import authors, cursors
from provodka.mappings.aligned import Aligned, reconcile_lines
from provodka.mappings.compiled import Mapping
from provodka.mappings.nesting import declared_name

__all__ = ["decide"]

CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much the hub's clock and the database's may differ at most."""


def decide(
    connection: Connection,
    system: str,
    mapping: Mapping,
    document: UUID,
    sides: tuple[Any, AnyMapping[str, Any], AnyMapping[str, Any]],
    disputed: Collection[str] = (),
    *,
    taking: bool = True,
) -> Aligned:
    """What is to be done about a document; `sides` are base, ours, theirs, nested by `shape`.

    Fields in `disputed` wait for a person and are left alone, unless their dispute is over.
    Without `taking` nothing of theirs is going to be taken now.
    """
    owners, keys, sendable = mapping.owners, mapping.line_keys, mapping.sendable
    decide_on = partial(
        reconcile_lines, *sides, owners, keys=keys, sendable=sendable, disputed=disputed
    )
    decided = decide_on(taking=taking)
    if not any(owners.get(declared_name(c.field, owners)) == "latest" for c in decided.conflicts):
        return decided
    since = _compared_at(connection, system, mapping)
    if since is None:
        return decided
    changes = authors.last_changes(connection, mapping.kind, document, but=system)
    at = {name: one.at for name, one in changes.items() if name not in disputed}
    return decide_on(ours_at=at, theirs_since=since, taking=taking)


def _compared_at(connection: Connection, system: str, mapping: Mapping) -> datetime | None:
    """When all versions were last compared: what is new since then was changed since then.

    By the database's clock, as the journal's times are; a place kept by an earlier version of the
    hub has only the hub's own.
    """
    position = cursors.read(connection, f"{system}:{mapping.name}") or {}
    compared = position.get("asked_at") or position.get("swept_at")
    return datetime.fromisoformat(compared) - CLOCKS_DIFFER if compared else None
