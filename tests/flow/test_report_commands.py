"""`provodka report`: the list, the rebuild, names with a dash, Parquet beside Parquet."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet
import pytest
from sqlalchemy import Engine
from tests.flow.cli_program import Run, document, program

from provodka.dashboards.reports.catalog import reports


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


def test_every_report_can_be_asked_for_and_listed(run: Run, tmp_path: Path) -> None:
    assert run("init").exit_code == 0
    listed = document(run("report", "list", "--json"))
    assert [one["name"] for one in listed] == list(reports())
    assert "Исполнительская дисциплина" in run("report", "list").stdout
    assert "Время на этапах" in run("report", "stage-time").stdout
    written = run("report", "tasks", "--format", "parquet", "--out", "t.parquet")
    assert written.exit_code == 0
    assert "share" in pyarrow.parquet.read_table(tmp_path / "t.parquet").schema.names
    assert "delay" in pyarrow.parquet.read_table(tmp_path / "t.late.parquet").schema.names


def test_a_rebuild_that_differs_exits_with_one(run: Run, store: Engine) -> None:
    assert run("init").exit_code == 0
    checked = run("report", "rebuild", "--check")
    assert (checked.exit_code, "те же строки" in checked.stdout) == (0, True)
    with store.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO report.task_version (document, delta, valid_from, origin, kind, status)"
            " VALUES ('00000000-0000-0000-0000-000000000001', 1, now(), 'sql:x', 'task', 'open')"
        )
    assert run("report", "rebuild", "--check").exit_code == 1
    found = document(run("report", "rebuild", "--json"))
    assert found["differing"]["report.task_version"] == 1
    assert run("report", "rebuild", "--check").exit_code == 0


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--out", "нет/f.csv", "--format", "csv"), "куда можно писать"),
        (("--out", ".", "--format", "json"), "куда можно писать"),
        (("--where", "source=сайт", "--where", "source=звонок"), "один раз"),
        (("--to", "9999-12-31"), "день вида"),
        (("--as-of", "0001-01-01"), "день или момент вида"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(run: Run, asked: tuple[str, ...], told: str) -> None:
    assert run("init").exit_code == 0
    done = run("report", "funnel", *asked)
    assert (done.exit_code, told in done.stderr) == (2, True)


@pytest.mark.parametrize("said", ["2026-10-31", "20261031", "2026-11-01T00:00"])
def test_a_day_to_look_back_at_is_its_end_however_it_is_written(run: Run, said: str) -> None:
    assert run("init").exit_code == 0
    found = document(run("report", "tasks", "--as-of", said, "--json"))
    assert found["as_of"].startswith("2026-11-01T00:00:00")
