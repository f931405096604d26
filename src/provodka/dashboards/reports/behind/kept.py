"""Lists kept beside their answers: the first documents behind each number that a page links.

A list is of the same instant as its answer, so it never ages; a newer answer has lists of its own.
Those of the answer before stay for a while, for whoever still has its page open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.tables.report import answer, answer_list
from provodka.dashboards.reports.behind.declared import SHOWN_ROWS, Behind
from provodka.dashboards.reports.behind.finding import Found, Paper, Place
from provodka.dashboards.reports.long_questions import LONGEST
from provodka.dashboards.results import Ratio, Table

__all__ = ["MARK", "MOST_PAPERS", "is_awaited", "keep_lists", "kept_list", "numbers_of"]

MOST_PAPERS = 100
"""How many documents of each list are kept: what a page shows."""
MARK = ""
"""The place of the row that says: the lists of this answer are all here."""
STAYS = timedelta(hours=1)
Number = tuple[Place, int | Decimal]


def numbers_of(behind: Behind, table: Table) -> list[Number]:
    """The numbers of a table that a page links to their documents, each with its place."""
    rows = zip(table.rows[:SHOWN_ROWS], table.keys, strict=False)
    return [
        ((column.key, _own(behind, keys)), number)
        for row, keys in rows
        for column, cell in zip(table.columns, row, strict=True)
        if behind.has(column.key, cell)
        and isinstance(number := cell.numerator if isinstance(cell, Ratio) else cell, int | Decimal)
    ]


def keep_lists(
    connection: Connection,
    of: tuple[str, str, datetime],
    lists: Iterable[tuple[str, Place, Found]],
) -> int:
    """Keep lists by the names of their tables: `of` an answer's report, question and instant.

    Those of older answers to the question go when their time is over. Returns how many were kept.
    """
    report, question, at = of
    named = {"report": report, "question": question, "at": at}
    rows = [{**named, **row} for row in _rows(lists)]
    mine = (answer_list.c.report == report) & (answer_list.c.question == question)
    old = (answer_list.c.at != at) & (answer_list.c.made_at < func.now() - STAYS)
    connection.execute(answer_list.delete().where(mine, old))
    connection.execute(insert(answer_list).on_conflict_do_nothing(), rows)
    return len(rows) - 1


def kept_list(
    connection: Connection,
    behind: Behind,
    of: tuple[str, str, datetime],
    table: str,
    place: Place,
) -> Found | None:
    """The list behind a number as it was kept; `None` if it was not.

    `of` are the report, the question's fingerprint and the instant of the answer.
    """
    report, question, at = of
    column, keys = place
    mine = {
        "report": report,
        "question": question,
        "at": at,
        "place": _said(table, (column, _own(behind, keys))),
    }
    statement = select(answer_list).where(
        *(answer_list.c[name] == value for name, value in mine.items())
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    told = zip(row.documents, row.moments, row.amounts, strict=True)
    return Found(tuple(Paper(*one) for one in told), row.whole, row.total, at)


def is_awaited(connection: Connection, report: str, question: str) -> bool:
    """Whether the lists of a question's answer are going to be gathered."""
    statement = select(answer.c.lists_ms).where(
        answer.c.report == report, answer.c.question == question, answer.c.result != ""
    )
    row = connection.execute(statement).first()
    return row is not None and (row.lists_ms or 0) < LONGEST


def _rows(lists: Iterable[tuple[str, Place, Found]]) -> Iterator[dict[str, object]]:
    for table, place, found in lists:
        yield {
            "place": _said(table, place),
            "whole": found.whole,
            "total": found.total,
            "documents": [paper.document for paper in found.papers],
            "moments": [paper.at for paper in found.papers],
            "amounts": [paper.amount for paper in found.papers],
        }
    nothing: dict[str, object] = {"whole": 0, "total": None}
    yield {"place": MARK, **nothing, "documents": [], "moments": [], "amounts": []}


def _own(behind: Behind, keys: Mapping[str, str]) -> dict[str, str]:
    """What a row is known by, as an address says it: without what is empty."""
    return {name: keys[name] for name in behind.keys if keys.get(name)}


def _said(table: str, place: Place) -> str:
    column, keys = place
    return dump_json([table, column, dict(sorted(keys.items()))])
