"""Tombstones in the store and marks of deletion in 1C: what a document's pull or push decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, false, select, text

from provodka.connectors.crm_store.keys import listed_ids
from provodka.mappings.aligned import Aligned
from provodka.mappings.reconcile import FieldConflict
from provodka.mappings.tombstones import (
    MARK,
    Verdict,
    agree_on_mark,
    insisted,
    was_deleted,
    with_mark,
)

__all__ = ["Marked", "buried", "bury", "compare", "disputed"]


@dataclass(frozen=True, slots=True)
class Marked:
    """What is to be done about one document's mark, and what both sides agree on afterwards."""

    verdict: Verdict
    agreed: bool | None
    ours: bool
    theirs: bool

    def kept_in(self, snapshot: dict[str, Any], known: Any) -> dict[str, Any]:
        """The snapshot with what is agreed on; what waits to be sent stays as it was `known`."""
        if self.agreed is not None:
            return with_mark(snapshot, self.agreed)
        said = {MARK: known[MARK]} if isinstance(known, dict) and MARK in known else {}
        return with_mark(snapshot, deleted=False) | said

    @property
    def conflict(self) -> FieldConflict:
        """Both sides for the inbox."""
        return FieldConflict(MARK, False, self.ours, self.theirs)


def buried(connection: Connection, table: Table, keys: Sequence[UUID]) -> dict[UUID, bool]:
    """Those of the documents that have a tombstone; true for one that was merged into another."""
    merged = table.c.merged_into_id.is_not(None) if "merged_into_id" in table.c else false()
    rows = connection.execute(
        select(table.c.id, merged.label("merged")).where(
            table.c.id.in_(listed_ids(keys)), table.c.deleted_at.is_not(None)
        )
    )
    return {row.id: row.merged for row in rows}


def compare(
    snapshot: Any,
    tombstone: bool | None,
    theirs: bool,
    *,
    writes: bool,
    changed: bool,
    waiting: Collection[str] = (),
) -> Marked:
    """Agree on a document's mark; `tombstone` is as `buried` answers, None for a living one.

    What is merged into another stays as it is. What waits for a person does so until the sides
    are alike.
    """
    ours = tombstone is not None
    if tombstone:
        return Marked("same", None, ours, theirs)
    asked = MARK in waiting
    changed = asked or (changed and not insisted(snapshot))
    verdict = agree_on_mark(was_deleted(snapshot), ours, theirs, writes=writes, changed=changed)
    if asked and verdict != "same":
        verdict = "ask"
    agreed = theirs if verdict in ("same", "take") else None
    return Marked(verdict, agreed, ours, theirs)


def disputed(snapshot: Any, marked_there: bool, decided: Aligned) -> FieldConflict | None:
    """Why a deletion is not to be sent: its document was changed there meanwhile."""
    changed = bool(decided.take or decided.conflicts)
    found = compare(snapshot, False, marked_there, writes=True, changed=changed)
    return found.conflict if found.verdict == "ask" else None


def bury(connection: Connection, table: Table, dead: Sequence[UUID], alive: Sequence[UUID]) -> int:
    """Set tombstones and take them away; how many documents that has changed."""
    changed = 0
    own = " AND merged_into_id IS NULL" if "merged_into_id" in table.columns else ""
    for keys, value, now_is in ((dead, "now()", "IS NULL"), (alive, "NULL", "IS NOT NULL")):
        if keys:
            statement = text(
                f"UPDATE {table.fullname} SET deleted_at = {value}"  # noqa: S608
                f" WHERE id = ANY(:keys) AND deleted_at {now_is}{own}"
            )
            changed += connection.execute(statement, {"keys": list(keys)}).rowcount
    return changed
