"""Answers that took long are kept in the store: a page reads them, a refresh makes them anew.

An answer names the instant it shows, and stays true of it. One that is cheap is computed again as
soon as what it was computed from has changed; a dear one is shown as it is until it has been made
anew, which costs at most a small part of the time: an answer that takes half a minute is renewed
when it is ten minutes old.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, Row, func, literal_column, select, text
from sqlalchemy.exc import OperationalError

from provodka.connectors.crm_store import cursors
from provodka.connectors.crm_store.journal import FLOOR, Position
from provodka.connectors.crm_store.tables.report import answer
from provodka.dashboards.reports import catalog
from provodka.dashboards.reports.answer_store import apart, fingerprint, keep, put_off, question_of
from provodka.dashboards.reports.answer_text import head_of, result_of
from provodka.dashboards.reports.long_questions import (
    LONGEST,
    is_cut_short,
    limited,
    patiently,
)
from provodka.dashboards.results import ReportQuery, ReportResult
from provodka.foundation.i18n import speaking
from provodka.trigger_rules.calendars import Calendars

__all__ = ["answered", "mark_stale", "prepare", "renew", "version_of"]

STREAM = "report:answer"
START, NEWEST = Position(0, 0), 2**63 - 1
WORTH = 20
"""Milliseconds: what takes less is computed each time."""
DEAR = 100
"""Milliseconds: what takes more is not computed by a page while there is an older answer."""
GROWN = timedelta(minutes=10)
"""An answer of this age is made anew though nothing has changed: time has passed."""
OLDEST = timedelta(days=1)
"""No page shows an older answer; one that nobody has looked at as long is not renewed."""
FORGOTTEN = timedelta(days=7)
NOTED = timedelta(minutes=10)
SHARE = 20
"""A dear answer is renewed after so many times as long as it takes, with its lists."""
ROUND = 60_000
"""Milliseconds that one round of renewing may be expected to take: the tables wait for it."""
AHEAD = timedelta(hours=1)
"""An answer made before anybody has asked is made anew so often, if it has changed."""
READ = text("SELECT EXISTS (SELECT FROM hub.person WHERE active)")
STALE = text("UPDATE report.answer SET stale = true WHERE NOT stale AND report = ANY(:reports)")
CEILING = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
CHANGED = text(f"""
    SELECT DISTINCT kind FROM hub.delta
    WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id) AND at >= {FLOOR}
      AND xid < CAST(:ceiling AS text)::xid8 AND EXISTS (SELECT FROM report.answer WHERE NOT stale)
""")  # noqa: S608
WRITTEN_BY: ColumnElement[str] = literal_column("answer.xmin::text")
"""The transaction that has last written the row."""
FORGET = text("DELETE FROM report.answer WHERE used_at < :before")
DUE = text(f"""
    SELECT a.* FROM report.answer a CROSS JOIN LATERAL (
      SELECT took_ms + CASE WHEN lists_ms < {LONGEST} THEN lists_ms ELSE 0 END AS whole_ms) c
    WHERE used_at >= :used AND (stale OR made_at < :grown)
      AND (whole_ms < :dear OR made_at + whole_ms * :share * interval '1 ms' < :now)
    ORDER BY took_ms, report, question
""")  # noqa: S608
log = structlog.get_logger("provodka.reports")


def answered(
    connection: Connection, name: str, query: ReportQuery, *, whole: bool = False
) -> ReportResult:
    """A report as `catalog.run` computes it, or as it was computed a little earlier.

    Its `as_of` says of which instant it is. The tables are cut to what a page shows unless
    `whole`: see `Table.whole`. What was computed is kept for the next reader, by a connection of
    its own; nobody waits for that. Raises what `catalog.run` does, and `ProvodkaError` for a
    question that takes longer than the connection lets a statement take.
    """
    name = name.replace("-", "_")
    question = fingerprint(query)
    row = _kept(connection, name, question, answer.c.result if whole else answer.c.head)
    if row is not None:
        return catalog.doubted(connection, result_of(row.form, query))
    with patiently(connection, name, query):
        result, took = _timed(connection, name, query)
    if took >= WORTH:
        with apart(connection) as other:
            if other is not None:
                keep(other, question, result, took, used=True)
    return catalog.doubted(connection, result if whole else head_of(result))


def version_of(connection: Connection, name: str, query: ReportQuery) -> str:
    """What tells the answer that `answered` would give from every other; empty if it would compute.

    Equal versions are equal answers; what stands against a report is not in it. Whatever is done
    to a kept answer, a name wiped out of it too, makes another version.
    """
    name, question = name.replace("-", "_"), fingerprint(query)
    row = _kept(connection, name, question, WRITTEN_BY)
    return f"{name} {question} {row.made_at.isoformat()} {row.form}" if row is not None else ""


def mark_stale(connection: Connection, *, everything: bool = False) -> None:
    """Mark the answers whose documents have changed since the last call, or all of them.

    To be called in the transaction that brings the report tables up to the journal.
    """
    place = Position.from_json(cursors.read(connection, STREAM)) or START
    given = {"xid": str(place.xid), "id": place.id}
    ceiling = int(connection.execute(CEILING).scalar_one())
    kinds = set(connection.scalars(CHANGED, given | {"ceiling": str(ceiling)}))
    changed = [
        name
        for name, one in catalog.reports().items()
        if everything or (kinds if not one.reads else kinds.intersection(one.reads))
    ]
    connection.execute(STALE, {"reports": changed})
    read = max(Position(ceiling - 1, NEWEST), place)
    cursors.move(connection, STREAM, read.to_json())


def renew(engine: Engine, now: datetime, calendars: Calendars | None = None) -> Counter[str]:
    """Make the answers anew that people look at and that have aged; counts `answers`.

    `calendars` are those that people work by. The cheap ones come first; one that takes more than
    a minute is not made anew here at all. What nobody has looked at for a week is forgotten.
    """
    given = {"used": now - OLDEST, "grown": now - GROWN, "dear": DEAR, "share": SHARE, "now": now}
    with engine.begin() as connection:
        connection.execute(FORGET, {"before": now - FORGOTTEN})
        due = connection.execute(DUE, given).all()
    counts, spent = Counter(answers=0), 0
    for row in due:
        if spent + row.took_ms >= ROUND:
            break
        if _renewed(engine, row, calendars):
            counts["answers"] += 1
            spent += row.took_ms
    return counts


def prepare(engine: Engine, asked: Mapping[str, ReportQuery], now: datetime) -> Counter[str]:
    """Answer what people are going to ask first, by report; counts `prepared`.

    Where nobody can open a page, nothing is prepared. An answer that nobody has looked at yet is
    renewed by the hour, one that somebody has by `renew`. A round takes about a minute at most.
    """
    counts, spent = Counter(prepared=0), 0
    with engine.connect() as connection:
        wanted = asked if connection.execute(READ).scalar_one() else {}
    for name, query in wanted.items():
        if spent >= ROUND:
            break
        question = fingerprint(query)
        if _is_prepared(engine, name, question, now):
            continue
        found = _within_limits(engine, name, query)
        with engine.begin() as connection:
            if found is None:
                put_off(connection, name, query, LONGEST)
            else:
                keep(connection, question, *found, first_used=now - OLDEST)
        spent += LONGEST if found is None else found[1]
        counts["prepared"] += found is not None
    return counts


def _is_prepared(engine: Engine, name: str, question: str, now: datetime) -> bool:
    mine = (answer.c.report == name) & (answer.c.question == question)
    columns = answer.c.stale, answer.c.made_at, answer.c.used_at, answer.c.took_ms
    with engine.connect() as connection:
        row = connection.execute(select(*columns).where(mine)).first()
    if row is None:
        return False
    is_looked_at = row.used_at > now - OLDEST
    return is_looked_at or row.took_ms >= LONGEST or not row.stale or row.made_at > now - AHEAD


def _renewed(engine: Engine, row: Row[Any], calendars: Calendars | None) -> bool:
    """Compute one answer again; one that was asked by other calendars is left to its page."""
    query = question_of(row.asked, calendars)
    with speaking(row.asked["language"]):
        if fingerprint(query) != row.question:
            return False
        found = _within_limits(engine, row.report, query)
        with engine.begin() as connection:
            if found is None:
                _give_up(connection, row.report, row.question)
            else:
                keep(connection, row.question, *found)
    return found is not None


def _within_limits(
    engine: Engine, name: str, query: ReportQuery
) -> tuple[ReportResult, int] | None:
    """A result and its milliseconds; `None` for one that takes too long even for a refresh."""
    try:
        with engine.begin() as connection:
            limited(connection)
            return _timed(connection, name, query)
    except OperationalError as error:
        if not is_cut_short(error):
            raise
        log.warning("report_takes_too_long", report=name)
        return None


def _give_up(connection: Connection, name: str, question: str) -> None:
    """Renew an answer no more that takes too long."""
    mine = (answer.c.report == name) & (answer.c.question == question)
    connection.execute(answer.update().where(mine).values(took_ms=LONGEST))


def _kept(connection: Connection, name: str, question: str, form: Any) -> Any:
    """The row of a kept answer that a page may show, with one of its columns as `form`."""
    times = (answer.c.made_at, answer.c.used_at, answer.c.took_ms, answer.c.stale)
    now = func.clock_timestamp().label("now")
    mine = (answer.c.report == name) & (answer.c.question == question)
    row: Any = connection.execute(select(form.label("form"), now, *times).where(mine)).first()
    if row is None or not _serves(row.now - row.made_at, row.took_ms, stale=row.stale):
        return None
    _note_use(connection, name, question, row.now - row.used_at)
    return row


def _serves(age: timedelta, took: int, *, stale: bool) -> bool:
    """Whether a page may show a kept answer instead of computing."""
    return age < OLDEST if took >= DEAR else not stale and age < GROWN


def _timed(connection: Connection, name: str, query: ReportQuery) -> tuple[ReportResult, int]:
    """A result and how many milliseconds it took."""
    began = time.perf_counter()
    result = catalog.compute(connection, name, query)
    return result, round((time.perf_counter() - began) * 1000)


def _note_use(connection: Connection, name: str, question: str, ago: timedelta) -> None:
    """Remember that somebody looks at an answer, now and then."""
    if ago < NOTED:
        return
    with apart(connection) as other:
        if other is not None:
            mine = (answer.c.report == name) & (answer.c.question == question)
            other.execute(answer.update().where(mine).values(used_at=func.now()))
