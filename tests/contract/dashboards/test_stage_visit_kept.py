"""How the visits that were built anew come into the table that people read."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, text
from tests.contract.dashboards.histories import key
from tests.contract.dashboards.visits import read_visits

from provodka.connectors.crm_store.tables.report import stage_visit as table
from provodka.dashboards.reports import stage_visit, visits_kept

INDEXES = text("""
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'report' AND tablename = 'stage_visit'
    ORDER BY indexname
""")
WRITERS = text("SELECT DISTINCT xmin::text FROM report.stage_visit WHERE deal <> :other")


def writers(connection: Connection) -> list[str]:
    """Which transactions have written the visits of all deals but the first."""
    return list(connection.scalars(WRITERS, {"other": key(1)}))


def test_a_rebuild_leaves_alone_the_rows_that_are_right(counted: Engine) -> None:
    with counted.begin() as connection:
        visits, writer = read_visits(connection), writers(connection)
        connection.execute(table.update().where(table.c.deal == key(1)).values(amount=7))
    with counted.begin() as connection:
        assert stage_visit.rebuild(connection).rows == len(visits)
    with counted.connect() as connection:
        assert read_visits(connection) == visits
        assert writers(connection) == writer


def test_a_rebuild_removes_what_the_journal_does_not_know(counted: Engine) -> None:
    with counted.begin() as connection:
        visits = read_visits(connection)
        connection.execute(table.update().where(table.c.deal == key(2)).values(deal=key(99)))
        stage_visit.rebuild(connection)
        assert read_visits(connection) == visits


def test_many_visits_come_into_an_empty_table_before_its_indexes(
    counted: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_kept, "MANY", 1)
    with counted.begin() as connection:
        visits, indexes = read_visits(connection), connection.scalars(INDEXES).all()
        before = connection.scalar(text("SELECT 'report.pk_stage_visit'::regclass::oid"))
        connection.execute(table.delete())
        stage_visit.rebuild(connection)
    with counted.connect() as connection:
        assert read_visits(connection) == visits
        assert connection.scalars(INDEXES).all() == indexes
        assert connection.scalar(text("SELECT 'report.pk_stage_visit'::regclass::oid")) != before


def test_who_reads_the_empty_table_is_not_waited_for(
    counted: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_kept, "MANY", 1)
    with counted.begin() as connection:
        visits = read_visits(connection)
        connection.execute(table.delete())
    with counted.connect() as reader, counted.begin() as connection:
        assert read_visits(reader) == []
        stage_visit.rebuild(connection)
        assert read_visits(connection) == visits
