"""Report tables are refreshed, rebuilt, compared, and say themselves whether to trust them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection, Engine, text
from tests.contract.dashboards.conftest import seven_deals
from tests.contract.dashboards.histories import day, key
from tests.flow.report_books import ask, people, tell, told_rows

from provodka.dashboards.rendering import render
from provodka.dashboards.reports import catalog, keeping
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.results import ReportQuery
from provodka.flows.cli.reporting import REPORTS
from provodka.flows.reports import check_reports, rebuild_reports, refresh_reports
from provodka.foundation.i18n import speaking

BREAK = text(
    "UPDATE report.task_version SET valid_to = valid_from + interval '1 hour'"
    " WHERE document = :task AND valid_to IS NULL"
)


@pytest.fixture
def kept(store: Engine) -> Engine:
    """The seven deals, two tasks, a call and an invoice, brought up to the journal."""
    told = seven_deals()
    people(told)
    for number in (1, 2):
        told.put(
            "task",
            number,
            3,
            subject="Позвонить",
            status="open",
            kind="call",
            executor_id=str(key(801)),
            due_at=day(9).isoformat(),
            deal_id=str(key(1)),
        )
    told.put("task", 1, 8, status="done", finished_at=day(8).isoformat())
    told.put(
        "call",
        21,
        9,
        source="office",
        direction="incoming",
        outcome="missed",
        started_at=day(9).isoformat(),
        wait_seconds=5,
        talk_seconds=0,
    )
    told.put(
        "invoice",
        31,
        10,
        number="СЧ-1",
        date=day(10).isoformat(),
        client_id=str(key(901)),
        amount=100,
        currency="RUB",
        posted=True,
        paid_amount=40,
        shipped_amount=0,
        accounting="entered",
        deal_id=str(key(1)),
    )
    told.put(
        "proposal",
        41,
        4,
        number="КП-1",
        date=day(4).isoformat(),
        deal_id=str(key(1)),
        client_id=str(key(901)),
        amount=100,
        currency="RUB",
        sent_at=day(5).isoformat(),
    )
    tell(store, told)
    return store


def in_catalog(connection: Connection, name: str) -> Any:
    row = text("SELECT * FROM report.catalog WHERE name = :name")
    return connection.execute(row, {"name": name}).one()


def known() -> Iterator[tuple[Report, str | None]]:
    for one in catalog.reports().values():
        yield one, None
        for by in one.breakdowns:
            yield one, by


@pytest.mark.requirement("R103", "R105", "R107")
def test_every_report_has_the_columns_it_promises_by_every_breakdown(kept: Engine) -> None:
    with kept.connect() as connection:
        for one, by in known():
            query = ReportQuery(day(0), day(31), as_of=day(20), by=by)
            result = one.compute(connection, query)
            assert result.trusted, (one.name, by, result.checks)
            for table in result.tables:
                promised = [column.key for column in one.columns[table.name]]
                found = [column.key for column in table.columns]
                assert found == [key for key in promised if key in found], (one.name, table.name)
                assert set(promised) - set(found) <= {"group"}, (one.name, table.name)
                assert all(len(row) == len(found) for row in table.rows)


def test_every_report_is_the_same_twice_and_says_what_it_means(kept: Engine) -> None:
    for one in catalog.reports().values():
        assert ask(kept, one.name, 20) == ask(kept, one.name, 20)
        assert one.answers
        assert one.definition
        assert all(column.meaning for columns in one.columns.values() for column in columns)


def test_help_names_every_report() -> None:
    assert tuple(catalog.reports()) == REPORTS


def test_the_catalog_tells_freshness_columns_and_trust(kept: Engine) -> None:
    with kept.connect() as connection:
        row = in_catalog(connection, "tasks")
    assert (row.trusted, row.why_not) == (True, None)
    assert row.refreshed_at
    assert row.complete_until
    assert "Дисциплина = в срок" in row.definition
    assert row.columns["discipline"][0].keys() == {"key", "title", "meaning", "unit", "kind"}
    assert "executor" in row.breakdowns


def test_what_the_catalog_says_is_in_its_own_language_whoever_refreshes(kept: Engine) -> None:
    with speaking("en"):
        refresh_reports(kept)
        check_reports(kept, datetime.now(UTC), at_once=True)
    with kept.connect() as connection:
        titles = set(connection.scalars(text("SELECT title FROM report.catalog")))
    assert "Воронка продаж" in titles


def test_a_refresh_without_news_writes_no_row(kept: Engine) -> None:
    counts = refresh_reports(kept)
    assert (counts["deltas"], counts["deals"], counts["versions"]) == (0, 0, 0)


def test_a_rebuild_gives_the_same_rows(kept: Engine) -> None:
    compared = rebuild_reports(kept, keep=False)
    assert compared.same
    assert compared.rows["report.task_version"] == 3
    assert compared.rows["report.stage_visit"] > 10


def test_a_rebuild_tells_of_rows_that_were_changed_by_hand(kept: Engine) -> None:
    with kept.begin() as connection:
        connection.exec_driver_sql("UPDATE report.task_version SET subject = 'Чужое'")
        connection.exec_driver_sql("DELETE FROM report.call_version")
    compared = rebuild_reports(kept, keep=False)
    assert not compared.same
    assert compared.differing["report.task_version"] == 6
    assert compared.differing["report.call_version"] == 1
    assert rebuild_reports(kept, keep=True).differing["report.call_version"] == 1
    assert rebuild_reports(kept, keep=False).same


def test_a_failed_check_at_a_refresh_marks_the_report_in_every_form(kept: Engine) -> None:
    with kept.begin() as connection:
        connection.execute(BREAK, {"task": key(2)})
        connection.execute(
            text(
                "INSERT INTO report.task_version (document, delta, valid_from, origin)"
                " VALUES (:task, 900000, :early, 'sql:test')"
            ),
            {"task": key(2), "early": day(2)},
        )
        keeping.check_all(connection, day(20), at_once=True)
    result = ask(kept, "tasks", 20)
    assert not result.trusted
    why = [check.detail for check in result.checks if not check.ok]
    assert any("report.task_version (1)" in one for one in why)
    assert "нельзя доверять" in render(result, "table")
    assert 'role="alert"' in render(result, "html")
    assert json.loads(render(result, "json"))["trusted"] is False
    book = load_workbook(io.BytesIO(render(result, "xlsx")))  # type: ignore[arg-type]
    about = {row[0].value: row[1].value for row in book["Об отчете"].iter_rows()}
    assert "report.task_version" in str(about["Проверка при обновлении"])
    assert str(about["Доверять"]).startswith("нет")


VISITS_TWICE = """
    INSERT INTO report.stage_visit SELECT (jsonb_populate_record(v,
      jsonb_build_object('visit', v.visit + 50))).* FROM report.stage_visit v
    WHERE v.stage_kind = 'won'
"""
NAMES_TWICE = """
    INSERT INTO report.{kind}_version SELECT (jsonb_populate_record(v,
      jsonb_build_object('delta', v.delta + 500000))).* FROM report.{kind}_version v
    WHERE v.valid_to IS NULL
"""
LEFT_FOR_NOWHERE = """
    UPDATE report.stage_visit SET exit = 'advanced', left_at = now() + interval '900 days'
    WHERE left_at IS NULL
"""
CLIENTS_TWICE, PEOPLE_TWICE = (NAMES_TWICE.format(kind=kind) for kind in ("client", "employee"))
BROKEN = {
    "funnel": (VISITS_TWICE, 1),
    "wins": (VISITS_TWICE, 0),
    "my_sales": (LEFT_FOR_NOWHERE, 0),
    "stage_time": (PEOPLE_TWICE, 0),
    "leads": (PEOPLE_TWICE, 0),
    "invoices": (CLIENTS_TWICE, 0),
    "client_base": (CLIENTS_TWICE, 0),
}


def test_each_report_finds_by_itself_that_its_numbers_cannot_be(kept: Engine) -> None:
    known = catalog.reports()
    for name, (breaking, number) in BROKEN.items():
        with kept.connect() as connection:
            connection.exec_driver_sql(breaking)
            result = known[name].compute(connection, ReportQuery(day(0), day(31), as_of=day(20)))
            connection.rollback()
        failing = [check.name for check in result.checks if not check.ok]
        assert failing == [known[name].balances[number]], name


@pytest.mark.requirement("R106")
def test_a_deal_with_a_task_that_has_no_term_does_not_wait_for_one(kept: Engine) -> None:
    def idle(connection: Connection) -> int:
        sales = catalog.reports()["my_sales"]
        table = sales.compute(connection, ReportQuery(day(0), day(31))).table("stages")
        return sum(row["idle"] for row in told_rows(table))

    with kept.connect() as connection:
        before = idle(connection)
        connection.exec_driver_sql(
            "INSERT INTO report.task_version (document, delta, valid_from, origin, status, deal_id)"
            " SELECT gen_random_uuid(), 900000, entered_at, 'sql:x', 'open', deal"
            " FROM report.stage_visit v WHERE left_at IS NULL AND stage_kind = 'open' AND NOT"
            " EXISTS (SELECT FROM report.task_version t WHERE t.deal_id = v.deal) LIMIT 1"
        )
        after = idle(connection)
        connection.rollback()
    assert (before > 0, after) == (True, before - 1)


def test_a_broken_visit_is_found_by_the_refresh_that_touches_its_deal(kept: Engine) -> None:
    told = seven_deals()
    with kept.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE report.stage_visit SET left_at = entered_at - interval '1 day'"
            f" WHERE deal = '{key(4)}' OR deal = '{key(8)}'"
        )
        connection.exec_driver_sql(
            "INSERT INTO hub.delta (at, kind, document, part, op, before, after, origin)"
            " SELECT now(), 'deal', document, '', 'update', after,"
            " (after::jsonb || '{\"stage\": \"offer\"}')::json, 'sql:test' FROM hub.delta"
            f" WHERE document = '{key(8)}' ORDER BY id DESC LIMIT 1"
        )
    assert told.deltas
    counts = refresh_reports(kept)
    assert counts["untrusted"] == len(catalog.reports())
    with kept.connect() as connection:
        assert "Посещения" in in_catalog(connection, "funnel").why_not


@pytest.fixture
def calls_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only one report be known, so that checking all takes no time."""
    calls = catalog.reports()["calls"]
    monkeypatch.setattr(keeping, "reports", lambda: {"calls": calls})


@pytest.mark.usefixtures("calls_alone")
def test_trust_comes_back_when_all_balances_hold_again(kept: Engine) -> None:
    with kept.begin() as connection:
        connection.exec_driver_sql("UPDATE report.catalog SET trusted = false, why_not = 'старое'")
        assert catalog.distrust(connection, "calls")
        counts = keeping.check_all(connection, day(20), at_once=True)
    assert counts["checked"] == 1
    assert ask(kept, "calls", 20).trusted


@pytest.mark.usefixtures("calls_alone")
def test_all_balances_are_checked_once_a_day(kept: Engine) -> None:
    with kept.begin() as connection:
        connection.exec_driver_sql("DELETE FROM report.catalog WHERE name <> 'calls'")
        assert keeping.check_all(connection, day(20))["checked"] == 1
        now = connection.execute(text("SELECT now()")).scalar_one()
        assert keeping.check_all(connection, now + timedelta(hours=23)) == {}
        assert keeping.check_all(connection, now + timedelta(hours=25))["checked"] == 1


def test_the_views_show_names_to_other_programs(kept: Engine) -> None:
    with kept.connect() as connection:
        tasks = connection.exec_driver_sql("SELECT executor, department FROM report.v_task").all()
        calls = connection.exec_driver_sql("SELECT source, outcome FROM report.v_call").all()
        unpaid = connection.exec_driver_sql("SELECT manager, unpaid FROM report.v_invoice").all()
        visits = connection.exec_driver_sql(
            "SELECT DISTINCT manager FROM report.v_stage_visit ORDER BY 1"
        ).scalars()
        assert list(visits) == ["Анна Орлова", "Борис Зуев"]
    assert tasks == [("Анна Орлова", "Опт")] * 2
    assert calls == [("office", "missed")]
    assert unpaid == [("Анна Орлова", 60)]
