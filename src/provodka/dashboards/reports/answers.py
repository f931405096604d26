"""Answers that took long are kept in the store: a page reads them, a refresh makes them anew.

An answer names the instant it shows, and stays true of it. One that is cheap is computed again as
soon as what it was computed from has changed; a dear one is shown as it is until it has been made
anew, which costs at most a small part of the time: an answer that takes half a minute is renewed
when it is ten minutes old.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from provodka.connectors.crm_store import cursors
from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.journal import FLOOR, Position
from provodka.connectors.crm_store.tables.report import answer
from provodka.dashboards.reports import catalog
from provodka.dashboards.reports.answer_text import head_of, plain, result_of, text_of
from provodka.dashboards.results import ReportQuery, ReportResult
from provodka.foundation.i18n import language, speaking
from provodka.trigger_rules.calendars import Calendars

__all__ = ["answered", "mark_stale", "renew", "version_of"]

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
"""A dear answer is renewed after so many times as long as it takes."""
ROUND = 60_000
"""Milliseconds that one round of renewing may be expected to take: the tables wait for it."""
STALE = text("UPDATE report.answer SET stale = true WHERE NOT stale AND report = ANY(:reports)")
CEILING = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
CHANGED = text(f"""
    SELECT DISTINCT kind FROM hub.delta
    WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id) AND at >= {FLOOR}
      AND xid < CAST(:ceiling AS text)::xid8 AND EXISTS (SELECT FROM report.answer WHERE NOT stale)
""")  # noqa: S608
FORGET = text("DELETE FROM report.answer WHERE used_at < :before")
WRITING = text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
DUE = text("""
    SELECT * FROM report.answer WHERE used_at >= :used AND (stale OR made_at < :grown)
      AND (took_ms < :dear OR made_at + took_ms * :share * interval '1 ms' < :now)
    ORDER BY took_ms, report, question
""")
log = structlog.get_logger("provodka.reports")
writing = threading.Lock()


def answered(
    connection: Connection, name: str, query: ReportQuery, *, whole: bool = False
) -> ReportResult:
    """A report as `catalog.run` computes it, or as it was computed a little earlier.

    Its `as_of` says of which instant it is. The tables are cut to what a page shows unless
    `whole`: see `Table.whole`. What was computed is kept for the next reader, by a connection of
    its own; nobody waits for that. Raises what `catalog.run` does.
    """
    name = name.replace("-", "_")
    question = _fingerprint(query)
    row = _kept(connection, name, question, answer.c.result if whole else answer.c.head)
    if row is not None:
        return catalog.doubted(connection, result_of(row.form, query))
    result, took = _timed(connection, name, query)
    if took >= WORTH:
        with _apart(connection) as other:
            if other is not None:
                _keep(other, question, result, took, used=True)
    return catalog.doubted(connection, result if whole else head_of(result))


def version_of(connection: Connection, name: str, query: ReportQuery) -> str:
    """What tells the answer that `answered` would give from every other; empty if it would compute.

    Equal versions are equal answers; what stands against a report is not in it.
    """
    name, question = name.replace("-", "_"), _fingerprint(query)
    row = _kept(connection, name, question, answer.c.at)
    return f"{name} {question} {row.made_at.isoformat()}" if row is not None else ""


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


def _renewed(engine: Engine, row: Row[Any], calendars: Calendars | None) -> bool:
    """Compute one answer again; one that was asked by other calendars is left to its page."""
    query = _question(row.asked, calendars)
    with speaking(row.asked["language"]), engine.connect() as connection:
        if _fingerprint(query) != row.question:
            return False
        result, took = _timed(connection, row.report, query)
    with engine.begin() as connection:
        _keep(connection, row.question, result, took)
    return True


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


def _keep(
    connection: Connection, question: str, result: ReportResult, took: int, *, used: bool = False
) -> None:
    row: dict[str, Any] = {
        "at": result.as_of,
        "made_at": func.now(),
        "took_ms": took,
        "stale": False,
        "result": text_of(result),
        "head": text_of(head_of(result)),
    }
    if used:
        row["used_at"] = func.now()
    first = {"asked": _asked(result.query), "used_at": func.now(), **row}
    statement = insert(answer).values(report=result.name, question=question, **first)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["report", "question"], set_=row)
    )


def _note_use(connection: Connection, name: str, question: str, ago: timedelta) -> None:
    """Remember that somebody looks at an answer, now and then."""
    if ago < NOTED:
        return
    with _apart(connection) as other:
        if other is not None:
            mine = (answer.c.report == name) & (answer.c.question == question)
            other.execute(answer.update().where(mine).values(used_at=func.now()))


@contextmanager
def _apart(connection: Connection) -> Iterator[Connection | None]:
    """A transaction of its own beside a page that only reads; `None` while another is writing."""
    if not writing.acquire(blocking=False):
        yield None
        return
    try:
        with connection.engine.begin() as other:
            other.execute(WRITING)
            yield other
    except SQLAlchemyError as error:
        log.warning("answer_not_kept", error=type(error).__name__)
    finally:
        writing.release()


def _asked(query: ReportQuery) -> dict[str, Any]:
    """A question as it is stored; calendars by what is in them."""
    calendars = dump_json(plain(query.calendars)).encode() if query.calendars else b""
    return {
        "since": query.since.isoformat(),
        "until": query.until.isoformat(),
        "as_of": query.as_of.isoformat() if query.as_of else None,
        "by": query.by,
        "where": plain(query.where),
        "horizon_days": query.horizon_days,
        "zone": str(query.zone),
        "calendars": hashlib.sha256(calendars).hexdigest() if calendars else None,
        "language": language(),
    }


def _question(asked: dict[str, Any], calendars: Calendars | None) -> ReportQuery:
    """The question back; by the calendars given, if it was asked by any."""
    return ReportQuery(
        datetime.fromisoformat(asked["since"]),
        datetime.fromisoformat(asked["until"]),
        as_of=datetime.fromisoformat(asked["as_of"]) if asked["as_of"] else None,
        by=asked["by"],
        where=asked["where"],
        horizon_days=int(asked["horizon_days"]),
        zone=ZoneInfo(asked["zone"]),
        calendars=calendars if asked["calendars"] else None,
    )


def _fingerprint(query: ReportQuery) -> str:
    return hashlib.sha256(dump_json(_asked(query)).encode()).hexdigest()
