"""Where answers are kept: a row for each report and question, with or without its answer yet."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.tables.report import answer
from provodka.dashboards.reports.answer_text import head_of, plain, text_of
from provodka.dashboards.results import ReportQuery, ReportResult
from provodka.foundation.i18n import language
from provodka.trigger_rules.calendars import Calendars

__all__ = ["apart", "fingerprint", "keep", "put_off", "question_of"]

WRITING = text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""When a question without an answer was answered: so long ago that no page shows it."""
log = structlog.get_logger("provodka.reports")
writing = threading.Lock()


def keep(
    connection: Connection,
    question: str,
    result: ReportResult,
    took: int,
    *,
    used: bool = False,
    first_used: datetime | None = None,
) -> None:
    """Keep an answer that took so many milliseconds, with its question's fingerprint.

    `used` says that somebody looks at it now; `first_used` is when a new one counts as looked at.
    """
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
    _put(connection, result.name, question, result.query, row, first_used)


def put_off(connection: Connection, name: str, query: ReportQuery, took: int) -> None:
    """Note a question that somebody has asked and that took longer than they could wait.

    It stands there like an answer that has aged: whoever renews those will answer it.
    """
    row: dict[str, Any] = {
        "at": NEVER,
        "made_at": NEVER,
        "used_at": func.now(),
        "took_ms": took,
        "stale": True,
        "result": "",
        "head": "",
    }
    _put(connection, name, fingerprint(query), query, row)


def _put(
    connection: Connection,
    name: str,
    question: str,
    query: ReportQuery,
    row: dict[str, Any],
    first_used: datetime | None = None,
) -> None:
    first = {"asked": _asked(query), "used_at": first_used or func.now(), **row}
    statement = insert(answer).values(report=name, question=question, **first)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["report", "question"], set_=row)
    )


@contextmanager
def apart(connection: Connection) -> Iterator[Connection | None]:
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


def question_of(asked: dict[str, Any], calendars: Calendars | None) -> ReportQuery:
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


def fingerprint(query: ReportQuery) -> str:
    """What tells a question, in the language spoken, from every other."""
    return hashlib.sha256(dump_json(_asked(query)).encode()).hexdigest()
