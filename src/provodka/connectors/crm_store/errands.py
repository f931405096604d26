"""Errands as people see them: what waits and why, what was refused, and a person's word on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, or_, select, text

from provodka.connectors.crm_store.leases import ALIVE
from provodka.connectors.crm_store.tables.hub import outbox

__all__ = ["DEAD", "OPEN", "Held", "Standing", "drop", "found", "listed", "retry", "workers"]

OPEN = ("waiting", "sending", "unsure")
DEAD = ("dead",)
ENOUGH = 8
"""How much of a key or of a document's must be named."""
RETRY = text("""
    UPDATE hub.outbox SET due_at = now(), settled_at = NULL, token = token + 1,
        intent_at = CASE WHEN state IN ('dead', 'dropped') THEN NULL ELSE intent_at END,
        state = CASE WHEN state IN ('dead', 'dropped') THEN 'waiting' ELSE state END
    WHERE id = ANY(:ids) AND held_by IS NULL
      AND state IN ('waiting', 'sending', 'unsure', 'dead', 'dropped')
    RETURNING id, pg_notify('hub_outbox', target)
""")
DROP = text("""
    UPDATE hub.outbox SET state = 'dropped', settled_at = now(), token = token + 1,
        result = jsonb_build_object('by', CAST(:by AS text), 'why', CAST(:why AS text))
    WHERE id = ANY(:ids) AND held_by IS NULL AND state IN ('waiting', 'sending', 'unsure', 'dead')
    RETURNING id
""")
WORKERS = text(f"""
    SELECT w.name, w.target, w.since, w.leased_until, w.ended_at,
        CASE WHEN w.state <> 'working' THEN w.state
             WHEN w.leased_until < now() THEN 'silent'
             WHEN NOT {ALIVE} THEN 'gone' ELSE 'working' END AS state,
        (SELECT count(*) FROM hub.outbox o WHERE o.target = w.target
         AND o.state IN ('waiting', 'sending', 'unsure') AND o.held_by = w.id) AS errands
    FROM hub.worker w WHERE w.state = 'working' OR w.ended_at > now() - interval '1 day'
    ORDER BY w.id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """One errand; `reason` and `next_step` are of its latest trouble, in a person's words."""

    number: int
    key: str
    target: str
    operation: str
    kind: str
    document: UUID
    state: str
    attempts: int
    worker: str | None
    held: bool
    marker: str | None
    created_at: datetime
    due_at: datetime
    settled_at: datetime | None
    code: str
    reason: str
    expected: str
    next_step: str
    result: Any


@dataclass(frozen=True, slots=True)
class Held:
    """A worker: where it writes, how it is doing, how many errands it holds."""

    name: str
    target: str
    since: datetime
    leased_until: datetime
    ended_at: datetime | None
    state: str
    errands: int


def listed(
    connection: Connection,
    *,
    states: Sequence[str] = DEAD,
    target: str | None = None,
    code: str | None = None,
    before: datetime | None = None,
    limit: int = 500,
) -> list[Standing]:
    """Errands in these states, newest first within a target.

    `code` is that of their trouble or its beginning; `before`, when they were queued at latest.
    """
    query = select(outbox).where(outbox.c.state.in_(states))
    if target:
        query = query.where(outbox.c.target == target)
    if code:
        query = query.where(func.starts_with(outbox.c.trouble["code"].astext, code))
    if before:
        query = query.where(outbox.c.created_at < before)
    rows = connection.execute(query.order_by(outbox.c.target, outbox.c.id.desc()).limit(limit))
    return [_standing(row) for row in rows]


def found(connection: Connection, named: str) -> list[Standing]:
    """The errand of this number, or those whose key or document begins so (8 characters least)."""
    conditions = []
    if named.isdecimal():
        conditions.append(outbox.c.id == int(named))
    if len(named) >= ENOUGH:
        conditions.append(outbox.c.key.startswith(named, autoescape=True))
        conditions.append(cast(outbox.c.document, Text).startswith(named, autoescape=True))
    if not conditions:
        return []
    rows = connection.execute(select(outbox).where(or_(*conditions)).order_by(outbox.c.id))
    return [_standing(row) for row in rows]


def retry(connection: Connection, numbers: Sequence[int]) -> set[int]:
    """Let errands be tried again at once, also those that were refused; those that may be.

    One whose outcome is unknown is still looked up before; one that a person takes up again after
    a refusal is done anew (1C is asked for its marker in any case). What a worker holds is not
    touched.
    """
    return set(connection.execute(RETRY, {"ids": list(numbers)}).scalars())


def drop(connection: Connection, numbers: Sequence[int], by: str, why: str) -> set[int]:
    """Let nobody try errands any more: a person's word. Those that could be dropped."""
    given = {"ids": list(numbers), "by": by, "why": why}
    return set(connection.execute(DROP, given).scalars())


def workers(connection: Connection, limit: int = 20) -> list[Held]:
    """Who is at work, and who has died within a day, newest first."""
    rows = connection.execute(WORKERS, {"limit": limit})
    return [Held(**row._mapping) for row in rows]


def _standing(row: Any) -> Standing:
    trouble = row.trouble or {}
    return Standing(
        number=row.id,
        key=row.key,
        target=row.target,
        operation=row.operation,
        kind=row.kind,
        document=row.document,
        state=row.state,
        attempts=row.attempts,
        worker=row.worker,
        held=row.held_by is not None,
        marker=row.marker,
        created_at=row.created_at,
        due_at=row.due_at,
        settled_at=row.settled_at,
        code=trouble.get("code", ""),
        reason=trouble.get("found", ""),
        expected=trouble.get("expected", ""),
        next_step=trouble.get("next_step", ""),
        result=row.result,
    )
