"""Taking errands and ending them: never two of one document at once, each by its newest holder.

Every statement that says something about an errand names the token under which it was claimed,
and changes nothing once somebody else has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.leases import (
    ALIVE,
    LostLease,
    Worker,
    brief,
    bury,
    claiming,
)
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.crm_store.tables.hub import outbox
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = [
    "announce",
    "claim",
    "due",
    "postpone",
    "remember",
    "remember_posting",
    "settle",
    "settle_all",
    "withdraw",
]

OPEN = "('waiting', 'sending', 'unsure')"
READY = f"""
    o.target = :target AND o.due_at <= now() AND o.state IN {OPEN}
    AND (o.intent_at IS NULL OR o.intent_at <= now() - make_interval(secs => :wait))
    AND (CAST(:documents AS uuid[]) IS NULL OR o.document = ANY(:documents))
"""
# A scalar query, and the target hidden from the indexes: a table without statistics yet (a burst
# of errands) must not be read whole for each errand.
OTHER = f"""
    SELECT 1 FROM hub.outbox e WHERE e.document = o.document AND e.state IN {OPEN}
    AND e.target || '' = o.target AND e.id <> o.id
"""
CLAIM = text(f"""
    WITH due AS (
        SELECT o.id FROM hub.outbox o
        WHERE {READY} AND o.held_by IS NULL
          AND ({OTHER} AND (e.id < o.id OR e.held_by IS NOT NULL) LIMIT 1) IS NULL
        ORDER BY o.id LIMIT :limit FOR UPDATE SKIP LOCKED)
    UPDATE hub.outbox o SET worker = :worker, held_by = :held_by, token = o.token + 1,
        state = CASE WHEN o.intent_at IS NULL THEN 'waiting' ELSE 'unsure' END
    WHERE o.id = ANY(ARRAY(SELECT due.id FROM due))
    RETURNING o.id, o.key, o.target, o.operation, o.kind, o.document, o.payload,
        o.attempts + 1 AS attempts, o.marker, o.cause, o.depth,
        o.intent_at IS NOT NULL AS unsure, o.token
""")
DUE = text(f"""
    SELECT count(*) FROM (
        SELECT FROM hub.outbox o
        WHERE {READY}
          AND (o.held_by IS NULL OR NOT EXISTS (
              SELECT FROM hub.worker w WHERE w.id = o.held_by AND w.state = 'working'
                AND w.leased_until >= now() AND {ALIVE}))
          AND ({OTHER} AND e.id < o.id LIMIT 1) IS NULL
        LIMIT :most) AS found
""")
GIVEN = "unnest(CAST(:ids AS bigint[]), CAST(:tokens AS bigint[])"
ANNOUNCE = text(f"""
    UPDATE hub.outbox o SET state = 'sending', intent_at = clock_timestamp(), marker = g.marker
    FROM {GIVEN}, CAST(:markers AS text[])) AS g(id, token, marker)
    WHERE o.id = g.id AND o.token = g.token RETURNING o.id
""")
WITHDRAW = text(f"""
    UPDATE hub.outbox o SET held_by = NULL,
        state = CASE WHEN g.unsure THEN 'unsure' ELSE 'waiting' END,
        intent_at = CASE WHEN g.unsure THEN o.intent_at END
    FROM {GIVEN}, CAST(:unsure AS boolean[])) AS g(id, token, unsure)
    WHERE o.id = g.id AND o.token = g.token
""")
SETTLE = text(f"""
    UPDATE hub.outbox o SET state = g.state, attempts = g.attempts, held_by = NULL,
        result = nullif(CAST(g.result AS jsonb), 'null'), trouble = NULL, settled_at = now()
    FROM {GIVEN}, CAST(:states AS text[]), CAST(:attempts AS int[]), CAST(:results AS text[]))
        AS g(id, token, state, attempts, result)
    WHERE o.id = g.id AND o.token = g.token RETURNING o.id
""")


def claim(
    connection: Connection,
    worker: Worker,
    *,
    limit: int,
    documents: Sequence[UUID] | None = None,
) -> list[Errand]:
    """Take due errands of the worker's target, oldest first, never two of one document at once.

    With `documents`, only errands of these. What dead workers held is free again. Each errand
    gets a new token: whoever had it before can say no more about it. One whose intent was
    recorded and that never ended comes back `unsure`, no sooner than `lost_answer_wait` after
    the intent: the other side may still be writing. Raises `LostLease` if this worker itself has
    been replaced.
    """
    brief(connection)
    # One at a time, and each with a view of the store from after the one before.
    claiming(connection, worker.target)
    worker.extend(connection)
    bury(connection, worker.target, worker.terms.lost_answer_wait)
    given = {"worker": worker.name, "held_by": worker.id, "limit": limit}
    wanted = _wanted(worker.target, worker.terms.lost_answer_wait, documents)
    rows = connection.execute(CLAIM, given | wanted)
    return sorted((Errand(**row._mapping) for row in rows), key=lambda errand: errand.id)


def due(
    connection: Connection,
    target: str,
    lost_answer_wait: timedelta,
    *,
    most: int,
    documents: Sequence[UUID] | None = None,
) -> int:
    """How many errands could be claimed now; no more than `most` are counted."""
    wanted = _wanted(target, lost_answer_wait, documents)
    return int(connection.execute(DUE, wanted | {"most": most}).scalar_one())


def _wanted(
    target: str, lost_answer_wait: timedelta, documents: Sequence[UUID] | None
) -> dict[str, Any]:
    return {
        "target": target,
        "wait": lost_answer_wait.total_seconds(),
        "documents": None if documents is None else list(documents),
    }


def announce(
    connection: Connection, errands: Sequence[Errand], marker_of: Callable[[Errand], str]
) -> set[int]:
    """Say what is about to be done, before it is; the numbers of those that are still ours.

    The others have gone to somebody else, and nothing may be done about them.
    """
    brief(connection)
    given = {
        "ids": [one.id for one in errands],
        "tokens": [one.token for one in errands],
        "markers": [marker_of(one) for one in errands],
    }
    return set(connection.execute(ANNOUNCE, given).scalars())


def remember(connection: Connection, errand: Errand, said: Any) -> None:
    """Keep what is about to be sent: whoever finds it there later knows what both had agreed on.

    `said` is a snapshot. Raises `LostLease` if the errand has been given to somebody else since.
    """
    _fenced(connection, errand, {"said": said})


def remember_posting(connection: Connection, errand: Errand, version: str | None) -> None:
    """Keep the version of what is about to be posted; `None` once it is known not to have been.

    Raises `LostLease` if the errand has been given to somebody else since.
    """
    mine = (outbox.c.document == errand.document) & (outbox.c.target == errand.target)
    connection.execute(outbox.update().where(mine).values(posting=None))
    _fenced(connection, errand, {"posting": version})


def withdraw(connection: Connection, errands: Sequence[Errand]) -> None:
    """Give back what has been announced and not begun; what was unsure before still is."""
    given = {"ids": [one.id for one in errands], "tokens": [one.token for one in errands]}
    connection.execute(WITHDRAW, {**given, "unsure": [one.unsure for one in errands]})


def settle(
    connection: Connection,
    errand: Errand,
    state: str,
    *,
    result: Any = None,
    trouble: ProvodkaError | None = None,
) -> None:
    """End an errand: `delivered`, `flagged` (done, but not as asked) or `dead` (for a person).

    Raises `LostLease` if it has been given to somebody else since.
    """
    _fenced(
        connection,
        errand,
        {
            "state": state,
            "attempts": errand.attempts,
            "result": result,
            "trouble": _told(trouble),
            "held_by": None,
            "settled_at": text("now()"),
        },
    )


def settle_all(connection: Connection, ended: Sequence[tuple[Errand, str, Any]]) -> set[int]:
    """End many errands, each in its state with its result; the numbers of those still ours."""
    given = {
        "ids": [errand.id for errand, _state, _result in ended],
        "tokens": [errand.token for errand, _state, _result in ended],
        "states": [state for _errand, state, _result in ended],
        "attempts": [errand.attempts for errand, _state, _result in ended],
        "results": [dump_json(result) for _errand, _state, result in ended],
    }
    return set(connection.execute(SETTLE, given).scalars())


def postpone(
    connection: Connection,
    errand: Errand,
    wait: timedelta,
    trouble: ProvodkaError,
    *,
    nothing_sent: bool,
) -> None:
    """Try again later; `nothing_sent` also takes the intent back, so no look-up is needed.

    Raises `LostLease` if it has been given to somebody else since.
    """
    values: dict[str, Any] = {
        "due_at": text("now() + make_interval(secs => :wait)").bindparams(
            wait=wait.total_seconds()
        ),
        "held_by": None,
        "attempts": errand.attempts,
        "trouble": _told(trouble),
    }
    if nothing_sent:
        values |= {"state": "waiting", "intent_at": None}
    _fenced(connection, errand, values)


def _fenced(connection: Connection, errand: Errand, values: dict[str, Any]) -> None:
    mine = (outbox.c.id == errand.id) & (outbox.c.token == errand.token)
    if not connection.execute(outbox.update().where(mine).values(**values)).rowcount:
        raise LostLease(
            errand.key,
            found=_("поручение отдано другому исполнителю"),
            next_step=_("ничего делать не нужно"),
            code="lost_lease",
        )


def _told(trouble: ProvodkaError | None) -> dict[str, str] | None:
    if trouble is None:
        return None
    return {
        "code": trouble.code,
        "where": trouble.where,
        "found": trouble.found,
        "expected": trouble.expected,
        "next_step": trouble.next_step,
    }
