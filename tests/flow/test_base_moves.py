"""A base that has moved from a file to a server is the same base: only `hub.yaml` changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.e2e.neighbours import Neighbours
from typer.testing import CliRunner, Result

from provodka.flows.cli.app import app
from provodka.flows.sandbox_process import running_sandbox, write_settings

Run = Callable[..., Result]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Neighbours]:
    with running_sandbox(tmp_path / "base") as about:
        neighbours = Neighbours(about)
        yield neighbours
        neighbours.close()


@pytest.fixture
def settings(sandbox: Neighbours, tmp_path: Path) -> Path:
    return write_settings(tmp_path, sandbox.about)


@pytest.fixture
def run(store_url: str, settings: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(settings.parent)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", store_url)
    return lambda *line: CliRunner().invoke(app, list(line))


def documents(store: Engine) -> list[Any]:
    query = text("SELECT kind, document, external_key FROM hub.binding ORDER BY kind, external_key")
    with store.connect() as connection:
        return list(connection.execute(query))


@pytest.mark.requirement("R114", "R115")
def test_a_base_that_has_moved_is_followed_by_its_address_alone(
    run: Run, settings: Path, sandbox: Neighbours, store: Engine
) -> None:
    sandbox.switch(file_mode=True, file_seconds=0.01)
    assert run("sync", "catalogs", "accounting").exit_code == 0
    before = documents(store)
    assert before
    sandbox.switch(file_mode=False)
    said = settings.read_text(encoding="utf-8")
    moved = said.replace("//127.0.0.1:", "//localhost:", 1)
    assert moved != said
    settings.write_text(moved.replace("onec:\n", "onec:\n  connections: 4\n"), encoding="utf-8")
    assert run("check").exit_code == 0
    done = run("sync", "catalogs", "accounting", "--json")
    assert done.exit_code == 0, done.output
    for stream in json.loads(done.stdout)["streams"]:
        assert not {"new", "changed", "set_aside"} & {
            name for name, number in stream["counts"].items() if number
        }
    assert documents(store) == before
