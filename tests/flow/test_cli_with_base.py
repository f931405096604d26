"""The commands against a live 1C base (the sandbox's): checks, plan, trace of what came."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.nursery import Nursery
from typer.testing import CliRunner, Result

from provodka.flows.cli.app import app
from provodka.flows.sandbox_process import write_settings
from provodka.mappings.catalog import BP30

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def sandbox(
    tmp_path_factory: pytest.TempPathFactory, sandboxes: Nursery
) -> Iterator[dict[str, Any]]:
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox")) as addresses:
        yield addresses


@pytest.fixture
def settings(sandbox: dict[str, Any], tmp_path: Path) -> Path:
    return write_settings(tmp_path, sandbox)


@pytest.fixture
def run(store_url: str, settings: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(settings.parent)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", store_url)
    return lambda *line: CliRunner().invoke(app, list(line))


def bad(done: Result) -> list[dict[str, Any]]:
    return [one for one in json.loads(done.stdout)["findings"] if one["level"] == "bad"]


def own_mappings(settings: Path, name: str, found: str, put: str) -> Path:
    """A folder of mappings of one's own, with a slip in one of them."""
    folder = settings.parent / "mine"
    shutil.copytree(BP30, folder)
    file = folder / name
    file.write_text(file.read_text(encoding="utf-8").replace(found, put), encoding="utf-8")
    told = settings.read_text(encoding="utf-8")
    settings.write_text(told.replace("onec:\n", "onec:\n  mappings: mine\n"), encoding="utf-8")
    return file


def line_of(file: Path, word: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if word in line)


@pytest.mark.requirement("R97", "S-2")
def test_check_finds_every_system_and_every_field_of_the_mappings_in_order(run: Run) -> None:
    done = run("check", "--json")
    assert done.exit_code == 0
    areas = {one["area"] for one in json.loads(done.stdout)["findings"]}
    assert areas == {
        "settings",
        "rules",
        "mappings",
        "store",
        "onec",
        "smtp",
        "imap",
        "calls:office",
    }


def test_a_field_that_the_base_does_not_have_is_told_at_its_line_with_the_nearest(
    run: Run, settings: Path
) -> None:
    file = own_mappings(settings, "invoice.yaml", "СуммаДокумента", "СуммаДакумента")
    done = run("check", "--json")
    assert done.exit_code == 2
    [mistake] = bad(done)
    assert mistake["file"] == "mine/invoice.yaml"
    assert mistake["line"] == line_of(file, "СуммаДакумента")
    assert "СуммаДокумента" in mistake["expected"]


def test_a_column_that_the_store_does_not_have_is_told_before_the_base_is_asked(
    run: Run, settings: Path
) -> None:
    file = own_mappings(settings, "client.yaml", "ours: inn", "ours: inm")
    done = run("check", "--json")
    assert done.exit_code == 2
    assert (bad(done)[0]["file"], bad(done)[0]["line"]) == (
        "mine/client.yaml",
        line_of(file, "ours: inm"),
    )
    assert run("sync", "catalogs").exit_code == 2


def test_a_base_that_is_down_is_a_failure_and_not_a_wrong_setting(
    run: Run, settings: Path, sandbox: dict[str, Any]
) -> None:
    told = settings.read_text(encoding="utf-8")
    settings.write_text(
        told.replace(sandbox["onec_url"], "http://127.0.0.1:9/buh"), encoding="utf-8"
    )
    done = run("check", "--json")
    assert done.exit_code == 1
    assert [one["area"] for one in bad(done)] == ["onec"]


def test_check_tells_the_next_step_once_and_spills_no_log_over_its_answer(
    run: Run, settings: Path, sandbox: dict[str, Any]
) -> None:
    told = settings.read_text(encoding="utf-8")
    settings.write_text(
        told.replace(sandbox["onec_url"], "http://127.0.0.1:9/buh"), encoding="utf-8"
    )
    done = run("check")
    assert done.stdout.count("Что делать: проверьте, что система включена") == 1
    assert done.stderr == ""
    assert "http_failed" in run("check", "-v").stderr


def test_a_wrong_password_is_told_and_the_other_systems_are_still_asked(
    run: Run, settings: Path
) -> None:
    settings.with_name("onec.password").write_text("wrong", encoding="utf-8")
    done = run("check", "--json")
    assert done.exit_code != 0
    assert [one["area"] for one in bad(done)] == ["onec"]
    assert any(one["area"] == "imap" for one in json.loads(done.stdout)["findings"])


def test_a_plan_of_the_catalogs_is_what_the_run_then_does(run: Run) -> None:
    plan = json.loads(run("sync", "catalogs", "--plan", "--json").stdout)["plan"]
    ran = json.loads(run("sync", "catalogs", "--json").stdout)["streams"][0]
    taken = [one for one in plan["changes"] if one["kind"] != "delivery_point"]
    assert ran["counts"]["new"] == len(taken) > 0
    again = json.loads(run("sync", "catalogs", "--plan", "--json").stdout)["plan"]
    assert again["changes"] == []


def test_a_run_tells_its_counters_in_words(run: Run) -> None:
    told = run("sync", "catalogs").stdout
    assert re.search(r"^catalogs .* сделано +.*прочитано \d+", told, re.MULTILINE)
    assert not re.search(r"\b(read|new|same|changed|parked) \d", told)


def test_a_client_is_traced_by_the_key_that_1c_gave_it(run: Run) -> None:
    assert run("sync", "catalogs").exit_code == 0
    plan = run("trace", "client:Ромашка")
    assert plan.exit_code == 1
    key = _some_key(run)
    told = json.loads(run("trace", key, "--json").stdout)
    assert (told["kind"], told["came_from"]) == ("client", "onec")
    assert [mark["said"]["external_key"] for mark in told["marks"]] == [key]


def _some_key(run: Run) -> str:
    from sqlalchemy import select

    from provodka.connectors.crm_store.engine import open_engine
    from provodka.connectors.crm_store.tables.hub import binding
    from provodka.flows.settings import Environment

    engine = open_engine(str(Environment().database_url))
    with engine.connect() as connection:
        query = select(binding.c.external_key).where(binding.c.kind == "client").limit(1)
        key: str = connection.execute(query).scalar_one()
    engine.dispose()
    return key
