"""docs/onec.md shows what `provodka check` really prints when a step of it has been left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stamina
from tests.e2e.neighbours import CLIENTS, Neighbours
from tests.nursery import Nursery
from typer.testing import CliRunner

from provodka.flows.cli.app import app
from provodka.flows.sandbox_process import write_settings
from provodka.mappings.catalog import SETS, load_mappings, set_folder
from provodka.mappings.named import named_by

PAGE = Path(__file__).parents[2] / "docs" / "onec.md"
SHOWN = dict(
    re.findall(r"<!-- check: (\w+) -->\n```\n(.*?)```\n", PAGE.read_text("utf-8"), re.DOTALL)
)
CASH = "Document_ПриходныйКассовыйОрдер"
LIKE_LIFE = (
    (r"http://127\.0\.0\.1:\d+", "https://1c.romashka.example"),
    (r"первый ответ за [\d.]+ с", "первый ответ за 0.4 с"),
    (r"опубликовано наборов: \d+", "опубликовано наборов: 41"),
    (r"просмотрено записей \d+", "просмотрено записей 117"),
    (r"\S*/mappings/", "mappings/"),
    (r"hub\.yaml:\d+:\d+", "hub.yaml:5:3"),
    # How changes are found is told on a page of its own.
    (r"✓ onec: изменения: .*\n(  Что делать: .*\n)?", ""),
)


class Step:
    """One step of the page to be left out: in the sandbox, or in `hub.yaml`."""

    def __init__(self, sandbox: Neighbours, settings: Path) -> None:
        self.sandbox, self.settings = sandbox, settings

    def write(self, found: str, put: str) -> None:
        said = self.settings.read_text(encoding="utf-8")
        assert found in said
        self.settings.write_text(said.replace(found, put), encoding="utf-8")


def nothing(_step: Step) -> None:
    """Everything has been done."""


def address(step: Step) -> None:
    step.write("/buh/odata", "/bux/odata")


def server(step: Step) -> None:
    step.write(step.sandbox.about["onec_url"], "http://127.0.0.1:9/buh/odata/standard.odata/")


def page(step: Step) -> None:
    step.sandbox.fault("html200", count=None)


def licence(step: Step) -> None:
    step.sandbox.fault("no_licence", count=None)


def composition(step: Step) -> None:
    rows = step.sandbox.onec.get("", params={"$format": "json"}).json()["value"]
    step.sandbox.switch(unpublished=[row["name"] for row in rows])


def one_set(step: Step) -> None:
    step.sandbox.switch(unpublished=[CASH])


def password(step: Step) -> None:
    step.settings.with_name("onec.password").write_text("не тот", encoding="utf-8")


def rights(step: Step) -> None:
    step.sandbox.switch(restricted=[CLIENTS])


def configuration(step: Step) -> None:
    step.write("onec:\n", "onec:\n  mappings: ut11\n")


def field(step: Step) -> None:
    folder = step.settings.parent / "mappings"
    folder.mkdir()
    said = "extends: bp30\nfields:\n  - {ours: comment, theirs: Коментарий}\n"
    (folder / "invoice.yaml").write_text(said, encoding="utf-8")
    step.write("onec:\n", "onec:\n  mappings: mappings\n")


STEPS: dict[str, Callable[[Step], None]] = {
    one.__name__: one
    for one in (
        *(nothing, address, server, page, licence, composition, one_set, password, rights),
        *(configuration, field),
    )
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, sandboxes: Nursery) -> Iterator[Neighbours]:
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox")) as about:
        neighbours = Neighbours(about)
        yield neighbours
        neighbours.close()


@pytest.fixture
def printed(
    sandbox: Neighbours, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], str]]:
    settings = write_settings(tmp_path, sandbox.about)
    monkeypatch.chdir(settings.parent)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", store_url)

    def check(name: str) -> str:
        STEPS[name](Step(sandbox, settings))
        lines = CliRunner().invoke(app, ["check"]).stdout.splitlines(keepends=True)
        first = next(n for n, line in enumerate(lines) if " store: " in line)
        last = next(n for n, line in enumerate(lines) if " smtp: " in line)
        told = "".join(lines[first + 1 : last])
        for pattern, put in LIKE_LIFE:
            told = re.sub(pattern, put, told)
        return told

    stamina.set_testing(True, attempts=1)
    yield check
    stamina.set_testing(False)
    sandbox.mend()
    sandbox.switch(unpublished=[], restricted=[])


@pytest.mark.requirement("R97", "R116")
@pytest.mark.parametrize("name", STEPS)
def test_the_page_shows_what_check_prints(name: str, printed: Callable[[str], str]) -> None:
    assert SHOWN.get(name, "") == printed(name)


def test_nothing_else_is_shown() -> None:
    assert set(SHOWN) == set(STEPS)


@pytest.mark.parametrize("name", SETS)
def test_the_page_lists_what_to_publish_for_each_set_of_mappings(name: str) -> None:
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if f"| `{name}` |" in line)
    mappings = load_mappings(set_folder(name)).values()
    named = {one.entity for mapping in mappings for one in named_by(mapping)}
    assert set(re.findall(r"`((?:Catalog|Document)_\w+)`", row)) == named
