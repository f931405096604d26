"""Gather the lists behind the numbers of kept answers, before anybody opens them.

To find the documents of one number takes as long as to count them all. It is done when the reports
are refreshed, for all numbers of an answer, and a page reads what was found. A list that does not
come to its number is not kept: its page finds it again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import OperationalError

from provodka.connectors.crm_store.tables.report import answer
from provodka.dashboards.reports.answer_store import fingerprint, question_of
from provodka.dashboards.reports.answer_text import result_of
from provodka.dashboards.reports.behind.declared import behind_of
from provodka.dashboards.reports.behind.finding import Found, Place, find_all
from provodka.dashboards.reports.behind.kept import MARK, MOST_PAPERS, keep_lists, numbers_of
from provodka.dashboards.reports.long_questions import IN_THE_BACKGROUND, LONGEST, is_cut_short
from provodka.dashboards.results import ReportResult
from provodka.foundation.i18n import speaking
from provodka.trigger_rules.calendars import Calendars

__all__ = ["gather"]

ROUND = 60_000
"""Milliseconds that one round may be expected to take, and that one statement may take in it."""
SHARE = 40
"""Lists that took too long are tried again after so many times as long."""
DUE = text("""
    SELECT a.report, a.question, a.asked, a.at, a.head,
      CASE WHEN a.lists_ms < :longest THEN a.lists_ms ELSE least(a.took_ms, :untried) END
        AS expected
    FROM report.answer a
    WHERE a.result <> '' AND NOT EXISTS (
      SELECT FROM report.answer_list l
      WHERE l.report = a.report AND l.question = a.question AND l.place = :mark
        AND (l.at = a.at OR a.lists_ms >= :longest
          AND l.made_at > :now - a.lists_ms * :share * interval '1 ms'))
    ORDER BY expected, a.report, a.question
""")
PATIENCE = text(f"SET LOCAL statement_timeout = {ROUND}")
log = structlog.get_logger("provodka.reports")


def gather(engine: Engine, now: datetime, calendars: Calendars | None = None) -> Counter[str]:
    """Gather the lists of answers that have none yet, the cheap ones first; counts `lists`.

    `calendars` are those that people work by. A round takes about a minute at most; what takes
    longer alone is left to its pages for an hour or so, and tried again for a newer answer.
    """
    given = {"longest": LONGEST, "share": SHARE, "now": now, "mark": MARK, "untried": ROUND // 2}
    with engine.connect() as connection:
        due = connection.execute(DUE, given).all()
    counts, spent = Counter(lists=0), 0
    for row in due:
        if spent + row.expected >= ROUND:
            break
        began = time.perf_counter()
        with speaking(row.asked["language"]):
            counts["lists"] += _gathered(engine, row, calendars)
        spent += round((time.perf_counter() - began) * 1000)
    return counts


def _gathered(engine: Engine, row: Row[Any], calendars: Calendars | None) -> int:
    """How many lists of one answer were kept; none if it was asked by other calendars."""
    query = question_of(row.asked, calendars)
    if fingerprint(query) != row.question:
        return 0
    began = time.perf_counter()
    try:
        with engine.begin() as connection:
            connection.execute(IN_THE_BACKGROUND)
            connection.execute(PATIENCE)
            lists = list(_lists(connection, result_of(row.head, query)))
            kept = keep_lists(connection, (row.report, row.question, row.at), lists)
            _note(connection, row, round((time.perf_counter() - began) * 1000))
    except OperationalError as error:
        if not is_cut_short(error):
            raise
        log.warning("lists_take_too_long", report=row.report)
        with engine.begin() as connection:
            _note(connection, row, LONGEST)
            return keep_lists(connection, (row.report, row.question, row.at), ())
    return kept


def _lists(connection: Connection, result: ReportResult) -> Iterator[tuple[str, Place, Found]]:
    query = replace(result.query, as_of=result.as_of)
    for table in result.tables:
        behind = behind_of(result.name, table.name)
        numbers = numbers_of(behind, table) if behind else []
        if behind is None or not numbers:
            continue
        places = [place for place, _number in numbers]
        found = find_all(connection, behind, query, places, MOST_PAPERS)
        for (place, number), one in zip(numbers, found, strict=True):
            if number == (one.total if isinstance(number, Decimal) else one.whole):
                yield table.name, place, one
            else:
                log.warning("list_differs", report=result.name, table=table.name, column=place[0])


def _note(connection: Connection, row: Row[Any], took: int) -> None:
    mine = (answer.c.report == row.report) & (answer.c.question == row.question)
    connection.execute(answer.update().where(mine).values(lists_ms=took))
