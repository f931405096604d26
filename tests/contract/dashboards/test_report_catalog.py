"""Asking for a report: what comes back, and what a wrong question is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.contract.dashboards.histories import day, key

from provodka.dashboards.reports import catalog
from provodka.dashboards.results import ReportQuery, ReportResult
from provodka.foundation.errors import ConfigurationError

QUERY = ReportQuery(day(0), day(31), as_of=day(20))


def ask(store: Engine, name: str = "funnel", **changes: Any) -> ReportResult:
    with store.connect() as connection:
        return catalog.run(connection, name, replace(QUERY, **changes))


def test_every_table_has_the_columns_that_the_catalog_promises(counted: Engine) -> None:
    promised = catalog.reports()["funnel"].columns
    result = ask(counted, by="manager")
    assert {table.name for table in result.tables} == set(promised)
    for table in result.tables:
        keys = [column.key for column in table.columns]
        assert keys == [column.key for column in promised[table.name]]
        assert all(len(row) == len(keys) for row in table.rows)


def test_every_column_says_what_it_means() -> None:
    for report in catalog.reports().values():
        for columns in report.columns.values():
            assert all(column.meaning and column.title for column in columns)


def test_the_same_instant_gives_the_same_result(counted: Engine) -> None:
    assert ask(counted, by="department") == ask(counted, by="department")


def test_groups_are_called_by_the_names_people_know(counted: Engine) -> None:
    wins = ask(counted, by="manager").table("wins")
    assert [row[1] for row in wins.rows] == ["Анна Орлова", "Борис Зуев"]
    assert {row[1] for row in ask(counted, by="client_kind").table("wins").rows} == {
        "Юридические лица",
        "Физические лица",
    }


def test_the_picture_is_drawn_from_the_cohorts_rows(counted: Engine) -> None:
    result = ask(counted)
    (chart,) = result.charts
    assert [bar.value for bar in chart.bars] == [5, 5, 3, 3, 2]
    assert [row[2] for row in result.table("cohort").rows] == [5, 3, 3, 2]


def test_the_checks_hold(counted: Engine) -> None:
    assert ask(counted).trusted


def test_a_visit_that_breaks_its_chain_marks_the_report(counted: Engine) -> None:
    with counted.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE report.stage_visit SET left_at = left_at - interval '1 hour'"
            f" WHERE deal = '{key(1)}' AND visit = 1"
        )
    result = ask(counted)
    assert not result.trusted
    assert [check.detail for check in result.checks if not check.ok] == ["не сходится: letter"]


def test_an_instant_in_the_future_is_brought_back_to_what_is_known(counted: Engine) -> None:
    assert ask(counted, as_of=day(9999)).as_of == day(365)


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("sales", {}, "unknown_report"),
        ("funnel", {"by": "moon"}, "unknown_value"),
        ("funnel", {"where": {"phase": "full"}}, "unknown_value"),
        ("funnel", {"where": {"manager": "Никто"}}, "unknown_name"),
        ("funnel", {"where": {"scenario": "Никакой"}}, "unknown_value"),
        ("funnel", {"where": {"client_kind": "robot"}}, "unknown_value"),
        ("funnel", {"until": day(0)}, "empty_period"),
    ],
)
def test_a_wrong_question_is_told_what_is_expected(
    counted: Engine, name: str, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        ask(counted, name, **changes)
    assert (raised.value.code, bool(raised.value.expected)) == (code, True)


def test_a_report_before_the_first_refresh_says_what_to_run(store: Engine) -> None:
    with pytest.raises(ConfigurationError, match="provodka sync"):
        ask(store)
