"""`provodka sweep` and `provodka backfill` as people call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.e2e.company import Company
from tests.e2e.neighbours import CLIENTS, Neighbours
from typer.testing import CliRunner, Result

from provodka.flows.cli.app import app
from provodka.flows.settings import Environment

Run = Callable[..., Result]


@pytest.fixture
def run(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PROVODKA_DATABASE_URL", str(environment.database_url))
    where = ("--config", str(environment.config), "--home", str(environment.home))
    return lambda *line: CliRunner().invoke(app, [*where, *line])


def first(done: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)["streams"][0]
    return found


def test_a_sweep_shows_each_sample_with_its_reason_and_ends_with_3_until_it_is_mended(
    run: Run, company: Company, sandbox: Neighbours
) -> None:
    client = sandbox.rows(CLIENTS, "IsFolder eq false")[0]
    sandbox.patch(CLIENTS, client["Ref_Key"], Description="Переименован")
    shown = run("sweep", "client")
    assert shown.exit_code == 3
    for told in (client["Ref_Key"], "в 1С другая версия", "provodka sweep --mend"):
        assert told in shown.stdout
    mended = run("sweep", "client", "--mend", "--json")
    assert mended.exit_code == 0
    assert first(mended)["found"] == {"different": {"version": 1}}
    assert first(mended)["remaining"] == {}
    clean = run("sweep", "onec:client")
    assert (clean.exit_code, "расхождений нет" in clean.stdout) == (0, True)


def test_what_cannot_be_compared_is_told_and_ends_with_3(run: Run, company: Company) -> None:
    done = run("sweep", "invoice")
    assert done.exit_code == 3
    assert "еще не прочитан" in done.stdout


def test_an_unknown_stream_is_told_with_the_nearest(run: Run) -> None:
    done = run("sweep", "cliennt")
    assert done.exit_code == 2
    assert "client" in done.output


def test_history_is_read_once_and_its_windows_are_shown(
    run: Run, company: Company, sandbox: Neighbours
) -> None:
    sandbox.bulk(3)
    line = ("backfill", "invoice", "--since", "2026-11-01", "--window", "1y")
    assert run(*line).exit_code == 0
    assert company.value("SELECT count(*) FROM crm.invoice") == 3
    assert "уже прочитаны" in run(*line).stdout
    shown = run("backfill", "--status")
    assert "окон прочитано 1 из 1" in shown.stdout
    [window] = json.loads(run("backfill", "--status", "--json").stdout)["windows"]
    assert window["counts"]["new"] == 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("client", "--since", "2024-01-01"), "нет даты"),
        (("invoise", "--since", "2024-01-01"), "invoice"),
        (("invoice",), "--since"),
        (("invoice", "--since", "вчера"), "2024-01-31"),
        (("invoice", "--since", "2024-01-01", "--window", "месяц"), "1mo"),
    ],
)
def test_a_wrong_line_is_told_with_what_was_meant(
    run: Run, company: Company, line: tuple[str, ...], told: str
) -> None:
    done = run("backfill", *line)
    assert done.exit_code == 2
    assert told in done.output
