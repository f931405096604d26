"""`provodka onec` and the checks of a base that is not as the mappings expect it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.neighbours import CLIENTS, Neighbours
from tests.nursery import Nursery
from typer.testing import CliRunner, Result

from provodka.flows.cli.app import app
from provodka.flows.sandbox_process import write_settings

Run = Callable[..., Result]
CASH = "Document_ПриходныйКассовыйОрдер"
INVOICE = "Document_СчетНаОплатуПокупателю"
NOBODY = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, sandboxes: Nursery) -> Iterator[Neighbours]:
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox")) as about:
        neighbours = Neighbours(about)
        yield neighbours
        neighbours.close()


@pytest.fixture
def unpublished(sandbox: Neighbours) -> Iterator[Callable[..., None]]:
    yield lambda *names: sandbox.switch(unpublished=list(names))
    sandbox.switch(unpublished=[])


@pytest.fixture
def settings(sandbox: Neighbours, tmp_path: Path) -> Path:
    return write_settings(tmp_path, sandbox.about)


@pytest.fixture
def run(store_url: str, settings: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(settings.parent)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", store_url)
    return lambda *line: CliRunner().invoke(app, list(line))


@pytest.fixture
def look(settings: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same without a store: looking around in a base needs none."""
    monkeypatch.chdir(settings.parent)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", "postgresql://127.0.0.1:9/none")
    return lambda *line: CliRunner().invoke(app, list(line))


def told(done: Result) -> Any:
    return json.loads(done.stdout)


def mappings(settings: Path, name: str) -> None:
    said = settings.read_text(encoding="utf-8")
    settings.write_text(said.replace("onec:\n", f"onec:\n  mappings: {name}\n"), encoding="utf-8")


def findings(done: Result, level: str = "bad") -> list[dict[str, Any]]:
    return [one for one in told(done)["findings"] if one["level"] == level]


def test_sets_are_found_by_a_part_of_their_name_or_a_pattern(look: Run) -> None:
    found = [one["set"] for one in told(look("onec", "sets", "контрагент", "--json"))]
    assert found == ["Catalog_ДоговорыКонтрагентов", CLIENTS]
    documents = told(look("onec", "sets", "document_*", "--json"))
    assert documents
    assert all(one["set"].startswith("Document_") for one in documents)


def test_a_name_that_no_set_has_is_told_with_the_nearest_alone(look: Run) -> None:
    assert f"возможно, {CLIENTS}" in look("onec", "sets", "контрогенты").stdout
    assert f"возможно, {CLIENTS}" in look("onec", "sets", "Catalog_Контрагнты*").stdout
    assert "без образца" in look("onec", "sets", "нетакого").stdout


def test_a_set_is_described_with_what_leads_where_and_who_reads_it(look: Run) -> None:
    shown = look("onec", "describe", INVOICE).stdout
    assert "Табличная часть Товары" in shown
    row = next(line for line in shown.splitlines() if line.startswith("Контрагент_Key "))
    assert (CLIENTS in row, "invoice" in row) == (True, True)
    plain = told(look("onec", "describe", INVOICE, "--json"))
    fields = {one["name"]: one for one in plain["fields"]}
    assert fields["Контрагент_Key"]["target"] == CLIENTS
    assert fields["Date"]["type"] == "Edm.DateTime"
    assert {"Post", "Unpost"} <= set(plain["functions"])
    assert "LineNumber" in {one["name"] for one in plain["sections"]["Товары"]}


def test_rows_are_shown_by_the_fields_that_people_know_them_by(look: Run) -> None:
    shown = look("onec", "get", "Контрагенты", "--top", "3")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[0].split() == [
        "Ref_Key",
        "Code",
        "Description",
        "DeletionMark",
    ]
    assert len(shown.stdout.splitlines()) == 5
    assert "есть еще" in shown.stdout


def test_a_condition_is_sent_as_it_was_written(look: Run, sandbox: Neighbours) -> None:
    wanted = sandbox.rows(CLIENTS, "IsFolder eq false")[0]
    condition = f"Code eq '{wanted['Code']}'"
    found = told(look("onec", "get", CLIENTS, "--filter", condition, "--select", "ИНН", "--json"))
    assert found == {"rows": [{"ИНН": wanted["ИНН"]}], "more": False}
    assert look("onec", "count", CLIENTS, "--filter", condition).stdout.strip() == "1"


def test_an_object_is_shown_whole_by_its_key(look: Run, sandbox: Neighbours) -> None:
    wanted = sandbox.rows(CLIENTS, "IsFolder eq false")[0]
    plain = {name: value for name, value in wanted.items() if "@" not in name}
    assert told(look("onec", "get", CLIENTS, wanted["Ref_Key"], "--json")) == plain
    shown = look("onec", "get", CLIENTS, wanted["Ref_Key"]).stdout
    assert wanted["Description"] in shown
    assert "КонтактнаяИнформация" in shown


def test_never_more_than_a_page_is_read_unless_all_is_asked_for(look: Run) -> None:
    some = told(look("onec", "get", "Контрагенты", "--top", "7", "--json"))
    assert (len(some["rows"]), some["more"]) == (7, True)
    everything = told(look("onec", "get", "Контрагенты", "--all", "--json"))
    count = told(look("onec", "count", "Контрагенты", "--json"))["count"]
    assert (len(everything["rows"]), everything["more"]) == (count, False)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (("describe", "Контрагент"), "«Контрагенты»"),
        (("describe", "Catalog_Контрагент"), CLIENTS),
        (("get", CLIENTS, "--select", "ИНН,Коментарий"), "Комментарий"),
        (("count", CLIENTS, "--filter", "ИННН eq '1'"), "«ИНН»"),
        (("get", CLIENTS, "не-ключ"), "GUID"),
        (
            (
                "get",
                "Document_ПоступлениеНаРасчетныйСчет",
                "--filter",
                f"Контрагент eq guid'{NOBODY}'",
            ),
            "cast",
        ),
    ],
)
def test_a_slip_is_told_with_what_was_meant(look: Run, line: tuple[str, ...], hint: str) -> None:
    done = look("onec", *line)
    assert done.exit_code != 0
    assert hint in done.stderr + done.stdout


def test_an_object_that_is_not_there_is_told(look: Run) -> None:
    done = look("onec", "get", CLIENTS, NOBODY)
    assert done.exit_code == 1
    assert "нет объекта" in done.stderr


def test_a_base_that_is_down_is_told_in_words(
    look: Run, settings: Path, sandbox: Neighbours
) -> None:
    said = settings.read_text(encoding="utf-8")
    url = sandbox.about["onec_url"]
    settings.write_text(said.replace(url, "http://127.0.0.1:9/buh/"), encoding="utf-8")
    done = look("onec", "sets")
    assert done.exit_code == 1
    assert "Что делать" in done.stderr


def test_settings_without_a_base_say_where_to_name_it(look: Run, settings: Path) -> None:
    settings.write_text("company: {name: Ромашка, inn: '7707083893'}\n", encoding="utf-8")
    done = look("onec", "sets")
    assert done.exit_code == 2
    assert "раздел onec" in done.stderr


def test_what_is_shown_of_people_is_not_logged(look: Run, sandbox: Neighbours) -> None:
    wanted = sandbox.rows(CLIENTS, "IsFolder eq false")[0]
    condition = f"ИНН eq '{wanted['ИНН']}'"
    done = look("onec", "get", CLIENTS, "--filter", condition, "-v")
    assert wanted["Description"] in done.stdout
    assert wanted["Description"] not in done.stderr
    assert wanted["ИНН"] not in done.stderr


def test_changes_are_told_with_the_mappings_they_concern_and_accepted(
    run: Run, unpublished: Callable[..., None]
) -> None:
    assert "еще не видели" in run("onec", "changes").stdout
    assert run("check").exit_code == 0
    assert "сравнивать не с чем" in run("onec", "changes").stdout
    unpublished(CASH)
    found = told(run("onec", "changes", "--anew", "--json"))
    assert found["waiting"]
    assert [one["kind"] for one in found["touched"]["payment_cash"]] == ["removed"]
    assert "payment_cash.yaml" in found["touched"]["payment_cash"][0]["place"]
    assert "принято" in run("onec", "changes", "--accept").stdout
    assert "принимать нечего" in run("onec", "changes", "--accept").stdout


def test_check_tells_a_set_that_was_taken_away_and_what_comes_of_it(
    run: Run, unpublished: Callable[..., None]
) -> None:
    run("check")
    unpublished(CASH)
    done = run("check", "--json")
    assert done.exit_code == 2
    texts = {one["code"]: one["text"] for one in findings(done)}
    assert "есть в «Бухгалтерия предприятия 3.0" in texts["not_published"]
    assert "соответствие payment_cash остановлено" in texts["schema_changed"]


def test_sync_stops_what_has_changed_and_says_so(
    run: Run, unpublished: Callable[..., None]
) -> None:
    assert run("sync", "catalogs").exit_code == 0
    unpublished(CLIENTS)
    done = run("sync", "catalogs")
    assert done.exit_code == 1
    assert "набор Catalog_Контрагенты: больше нет" in done.stdout
    assert "соответствие client остановлено (contract: freeze)" in done.stdout


def test_mappings_of_another_configuration_are_told_with_the_right_ones(
    run: Run, settings: Path
) -> None:
    mappings(settings, "ut11")
    done = run("check", "--json")
    assert done.exit_code == 2
    [found] = findings(done)
    assert found["code"] == "other_configuration"
    assert found["next_step"] == "укажите onec.mappings: bp30"
    assert Path(found["file"]).name == "hub.yaml"


def test_values_that_only_the_data_tells_are_told_as_a_warning(run: Run, settings: Path) -> None:
    folder = settings.parent / "mine"
    folder.mkdir()
    said = "extends: bp30\nfields:\n  - ours: vat_rate\n    values: {vat22: Особая}\n"
    (folder / "product.yaml").write_text(said, encoding="utf-8")
    mappings(settings, "mine")
    done = run("check", "--json")
    assert done.exit_code == 0
    odd = [one for one in findings(done, "warning") if one["code"] == "odd_value"]
    assert any("«Общая»" in one["text"] for one in odd)
    assert all(
        (Path(one["file"]).parts[-2:], one["line"]) == (("mine", "product.yaml"), 4) for one in odd
    )


def test_an_overlay_of_ones_own_is_checked_against_the_base_at_its_own_line(
    run: Run, settings: Path
) -> None:
    folder = settings.parent / "mine"
    folder.mkdir()
    said = "extends: bp30\nfields:\n  - {ours: comment, theirs: Коментарий}\n"
    (folder / "invoice.yaml").write_text(said, encoding="utf-8")
    mappings(settings, "mine")
    done = run("check", "--json")
    assert done.exit_code == 2
    [found] = findings(done)
    assert (Path(found["file"]).parts[-2:], found["line"]) == (("mine", "invoice.yaml"), 3)
    assert "«Комментарий»" in found["expected"]
