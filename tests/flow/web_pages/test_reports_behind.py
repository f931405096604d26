"""Behind every number of every report stand as many documents as the number says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine
from tests.databases import copied
from tests.flow.web_pages.report_firm import Firm

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports.catalog import reports, run
from provodka.dashboards.results import Cell, Column, Ratio, ReportQuery, Table
from provodka.dashboards.web.pages.reports.behind.declared import BEHIND, Behind
from provodka.dashboards.web.pages.reports.behind.finding import find
from provodka.dashboards.web.pages.reports.shelf import SHELF


@pytest.fixture(scope="module")
def engine(server: str, template: str) -> Iterator[Engine]:
    """The firm, read and never changed."""
    with copied(server, template) as url:
        opened = open_engine(url, name="test")
        Firm(opened)
        yield opened
        opened.dispose()


def asked(by: str | None = None, **where: str) -> ReportQuery:
    """The firm's whole life."""
    now = datetime.now(UTC)
    since, until = now - timedelta(days=400), now + timedelta(days=40)
    return ReportQuery(since, until, by=by, where=where)


@pytest.mark.parametrize("name", [one.name for one in SHELF])
def test_behind_every_number_stand_as_many_documents_as_it_says(engine: Engine, name: str) -> None:
    wrong: list[str] = []
    seen: set[str] = set()
    for by in (None, *reports()[name].breakdowns[::3]):
        query = asked(by)
        with engine.connect() as connection:
            for table in run(connection, name, query).tables:
                wrong += _wrong(connection, name, table, query, seen)
    assert wrong == []
    assert seen == {table for report, table in BEHIND if report == name}


@pytest.mark.parametrize(
    ("name", "where"),
    [("funnel", {"source": "сайт"}), ("calls", {"direction": "incoming"})],
)
def test_documents_are_filtered_as_their_number_is(
    engine: Engine, name: str, where: Mapping[str, str]
) -> None:
    query = asked(**where)
    with engine.connect() as connection:
        tables = [one for one in run(connection, name, query).tables if one.name != "balance"]
        assert [
            found for one in tables for found in _wrong(connection, name, one, query, set())
        ] == []


def _wrong(
    connection: Connection, name: str, table: Table, query: ReportQuery, seen: set[str]
) -> list[str]:
    """What does not agree; `seen` gets the tables that have anything behind them."""
    behind = BEHIND.get((name, table.name))
    if behind is None:
        return []
    assert len(table.keys) == len(table.rows)
    return [
        said
        for row, keys in zip(table.rows, table.keys, strict=True)
        for column, cell in zip(table.columns, row, strict=True)
        if behind.has(column.key, cell)
        for said in _compared(
            connection, (name, table.name), behind, query, column, keys, cell, seen
        )
    ]


def _compared(
    connection: Connection,
    place: tuple[str, str],
    behind: Behind,
    query: ReportQuery,
    column: Column,
    keys: Mapping[str, str],
    cell: Cell,
    seen: set[str],
) -> Iterator[str]:
    found = find(connection, behind, query, column.key, keys, 1)
    number = cell.numerator if isinstance(cell, Ratio) else cell
    counted = found.total if isinstance(number, Decimal) else found.whole
    seen.add(place[1])
    assert found.papers
    if counted != number:
        yield f"{place} {query.by} {column.key} {dict(keys)}: {number}, found {counted}"
