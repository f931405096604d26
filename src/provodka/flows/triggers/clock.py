"""The stream of time: terms that have passed become signals, each exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import cursors, journal, rule_memory
from provodka.connectors.crm_store.tables.reacting import signal
from provodka.flows.history import ORIGIN as HISTORY
from provodka.flows.triggers.publishing import in_force
from provodka.flows.triggers.watches import documents_of, living, query_for, term_of
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.cron import Cron
from provodka.trigger_rules.language import When
from provodka.trigger_rules.moments import before_moment, due_moment
from provodka.trigger_rules.standing import occurrence_of

__all__ = ["ORIGIN", "strike"]

ORIGIN = "clock"
LOOKED_BACK = timedelta(days=400)
LOOKED_AHEAD = timedelta(days=400)
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('stream:clock', 0))")
NEW = """
    SELECT w.* FROM ({query}) w
    WHERE w.base BETWEEN :earliest AND :latest
      AND NOT EXISTS (SELECT FROM crm.signal s WHERE s.about = w.document AND s.name = :name
                      AND s.of = :token AND s.base = w.base)
"""
BROUGHT = text("""
    SELECT w.document, max(d.at) AS at
    FROM unnest(CAST(:documents AS uuid[]), CAST(:bases AS timestamptz[])) AS w (document, base)
    LEFT JOIN crm.order o ON o.client_id = w.document AND o.completed_at = w.base
    JOIN hub.delta d ON d.document = coalesce(o.id, w.document) AND d.origin = :history
    GROUP BY w.document
""")
"""When the past was brought over that a moment is counted from."""
RESUME = text("""
    UPDATE crm.deal SET paused_at = NULL, paused_until = NULL
    WHERE paused_until <= :now RETURNING id
""")


def strike(
    engine: Engine,
    book: RuleBook,
    calendar: WorkingCalendar,
    now: datetime,
    *,
    approved: bool = False,
) -> Counter[str]:
    """Say what time has brought about since rules began to ask for it; counts `signals`.

    A term that ended before its rule was first in force is not said: a new rule about overdue
    tasks does not wake for those of last year. One that ended before its document was imported
    from an older program is noted by the import's own name, which no rule answers.

    Each question is a transaction of its own: while one is open, no reader of the journal sees
    what others have committed since.
    """
    counts: Counter[str] = Counter()
    with _alone(engine) as connection:
        book = in_force(connection, book) if approved else book
        connection.execute(RESUME, {"now": now})
    company = book.calendars(calendar).company
    for token, (when, kind) in book.clocked.items():
        with _alone(engine) as connection:
            since = _since(connection, token, now)
            since = max(since, rule_memory.forgotten_before(connection) or since)
            look = _ticked if when.event == "schedule" else _passed
            rows = look(connection, token, when, kind, since, now, company)
            counts["signals"] += _say(connection, _without_history(connection, rows))
    return +counts


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction of the clock's, one at a time."""
    with engine.begin() as connection:
        connection.execute(LOCK)
        journal.attribute(connection, ORIGIN)
        yield connection


def _since(connection: Connection, token: str, now: datetime) -> datetime:
    """From when on this is asked for: its first time is noted, and nothing older is said."""
    stream = f"clock:{token}"
    known = cursors.read(connection, stream)
    if known is None:
        cursors.move(connection, stream, {"since": now.isoformat()})
        return now
    return datetime.fromisoformat(known["since"])


def _passed(
    connection: Connection,
    token: str,
    when: When,
    kind: str,
    since: datetime,
    now: datetime,
    calendar: WorkingCalendar,
) -> list[dict[str, Any]]:
    term = term_of(when)
    longest = when.longer_than or term
    given = {
        "of": when.of,
        "zone": str(calendar.zone),
        "months": (longest.months or 0) if longest else 3,
        "days": (longest.days or 0) if longest else 0,
        "name": when.event,
        "token": token,
        "earliest": since - LOOKED_BACK,
        "latest": now + (LOOKED_AHEAD if when.before else timedelta()),
    }
    found = connection.execute(text(NEW.format(query=query_for(when, kind))), given).all()
    moments = [(row, _moment(when, row.base, calendar)) for row in found]
    return [
        {**_signal(when, kind, token, row), "moment": moment}
        for row, moment in moments
        if since < moment <= now
    ]


def _moment(when: When, base: datetime, calendar: WorkingCalendar) -> datetime:
    if when.before is not None:
        return before_moment(when.before, base, calendar).at
    term = term_of(when)
    return due_moment(term, base, calendar).at if term else base


def _ticked(
    connection: Connection,
    token: str,
    when: When,
    kind: str,
    since: datetime,
    now: datetime,
    calendar: WorkingCalendar,
) -> list[dict[str, Any]]:
    """The last time of a schedule that has passed; those missed before it are not made up."""
    tick = Cron.parse(when.cron or "").last(since, now, calendar.zone)
    if tick is None:
        return []
    cursors.move(connection, f"clock:{token}", {"since": tick.astimezone(UTC).isoformat()})
    query = f"SELECT {documents_of(kind)} FROM crm.{kind} x WHERE {living(kind)}"  # noqa: S608
    rows = connection.execute(
        text(f"SELECT w.*, CAST(:tick AS timestamptz) AS base FROM ({query}) w"),  # noqa: S608
        {"tick": tick},
    ).all()
    return [{**_signal(when, kind, token, row), "moment": now} for row in rows]


def _without_history(
    connection: Connection, rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Note what had passed before it was imported; the rows that are left, ready to be said."""
    given = {
        "documents": [row["about"] for row in rows],
        "bases": [row["base"] for row in rows],
        "history": HISTORY,
    }
    found = connection.execute(BROUGHT, given).all() if rows else []
    brought: dict[UUID, datetime] = {row.document: row.at for row in found}
    past: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    for row in rows:
        moment = row.pop("moment")
        (past if moment < brought.get(row["about"], moment) else said).append(row)
    if past:
        journal.attribute(connection, HISTORY)
        _say(connection, past)
        journal.attribute(connection, ORIGIN)
    return said


def _signal(when: When, kind: str, token: str, row: Any) -> dict[str, Any]:
    return {
        "name": when.event,
        "of": token,
        "key": occurrence_of(token, row.document, row.base),
        "kind": kind,
        "about": row.document,
        "deal_id": row.deal_id,
        "client_id": row.client_id,
        "base": row.base,
    }


def _say(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    if not rows:
        return 0
    said = insert(signal).on_conflict_do_nothing(index_elements=[signal.c.key])
    return len(connection.execute(said.returning(signal.c.id), list(rows)).all())
