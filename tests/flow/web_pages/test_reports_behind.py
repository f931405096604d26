"""Behind every number of every report stand as many documents as the number says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine
from tests.databases import copied
from tests.flow.web_pages.report_firm import Firm

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports import lost_clients
from provodka.dashboards.reports.behind.declared import BEHIND
from provodka.dashboards.reports.behind.finding import find, find_all
from provodka.dashboards.reports.catalog import reports, run
from provodka.dashboards.reports.stage_visit import complete_until
from provodka.dashboards.results import Ratio, ReportQuery, Table
from provodka.dashboards.web.pages.reports.shelf import SHELF

PAST = ("abc_xyz", "lost_clients", "couriers", "goods_rendered", "orders_handled", "calls", "plan")


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


@pytest.mark.parametrize(
    ("name", "lately"),
    [
        *((one, lost_clients.LATELY) for one in PAST),
        pytest.param("lost_clients", timedelta(0), id="lost_clients-long_ago"),
    ],
)
def test_behind_numbers_of_an_instant_that_has_passed_stand_as_many_too(
    engine: Engine, name: str, lately: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_clients, "LATELY", lately)
    seen: set[str] = set()
    with engine.connect() as connection:
        known = complete_until(connection)
        assert known is not None
        query = replace(asked(), as_of=known - timedelta(microseconds=1))
        tables = run(connection, name, query).tables
        assert [
            one for table in tables for one in _wrong(connection, name, table, query, seen)
        ] == []
    assert seen


def test_a_number_alone_has_the_documents_that_it_has_among_the_others(engine: Engine) -> None:
    query, behind = asked(), BEHIND["invoices", "invoices"]
    places = [(column, {"group": ""}) for column in ("issued", "paid", "amount")]
    with engine.connect() as connection:
        together = find_all(connection, behind, query, places, 1)
        alone = [find(connection, behind, query, *place, 1) for place in places]
    assert [one.papers for one in together] == [one.papers for one in alone]
    assert together[0].whole > len(together[0].papers) == 1


def _wrong(
    connection: Connection, name: str, table: Table, query: ReportQuery, seen: set[str]
) -> list[str]:
    """What does not agree; `seen` gets the tables that have anything behind them."""
    behind = BEHIND.get((name, table.name))
    if behind is None:
        return []
    assert len(table.keys) == len(table.rows)
    numbers = [
        (column.key, keys, cell.numerator if isinstance(cell, Ratio) else cell)
        for row, keys in zip(table.rows, table.keys, strict=True)
        for column, cell in zip(table.columns, row, strict=True)
        if behind.has(column.key, cell)
    ]
    if not numbers:
        return []
    seen.add(table.name)
    found = find_all(connection, behind, query, [number[:2] for number in numbers], 1)
    return [
        f"{name} {table.name} {query.by} {column} {dict(keys)}: {cell}, found {one}"
        for (column, keys, cell), one in zip(numbers, found, strict=True)
        if cell != (one.total if isinstance(cell, Decimal) else one.whole) or not one.papers
    ]
