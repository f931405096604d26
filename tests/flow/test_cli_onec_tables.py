"""`provodka onec` on virtual tables of registers: asked by their own names, wrong asking told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.nursery import Nursery
from typer.testing import CliRunner, Result

from provodka.flows.cli.app import app
from provodka.flows.sandbox_process import write_settings

Run = Callable[..., Result]
BOOKS = "AccountingRegister_Хозрасчетный"
GOODS = ("--accounts", "Account/Code eq '41.01'")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, sandboxes: Nursery) -> Iterator[Path]:
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox")) as about:
        yield write_settings(tmp_path_factory.mktemp("hub"), about)


@pytest.fixture
def look(settings: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program without a store: looking around in a base needs none."""
    monkeypatch.chdir(settings.parent)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", "postgresql://127.0.0.1:9/none")
    return lambda *line: CliRunner().invoke(app, ["onec", *line])


def rows(done: Result) -> list[dict[str, Any]]:
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout, parse_float=Decimal)["rows"]
    return found


def refused(done: Result, *words: str) -> None:
    assert done.exit_code == 2, done.output
    assert [word for word in words if word not in done.output] == []


def test_a_balance_is_told_by_the_dimensions_that_are_asked_for(look: Run) -> None:
    whole = rows(look("get", f"{BOOKS}/Balance", *GOODS, "--all", "--json"))
    [total] = rows(look("get", f"{BOOKS}/Balance", *GOODS, "--dimensions", "Account", "--json"))
    assert total["СуммаBalance"] == sum(one["СуммаBalance"] for one in whole) > 0
    assert "ExtDimension1" not in total


def test_a_table_may_be_called_as_in_the_language_of_queries_and_without_a_prefix(
    look: Run,
) -> None:
    asked = ("--dimensions", "Account", "--json")
    english = look("get", f"{BOOKS}/Balance", *GOODS, *asked)
    russian = look("get", "хозрасчетный/Остатки", *GOODS, *asked)
    assert rows(english) == rows(russian) != []


def test_people_see_only_the_columns_that_hold_something(look: Run) -> None:
    shown = look("get", f"{BOOKS}/Balance", *GOODS, "--top", "2").stdout
    head = shown.splitlines()[0].split()
    assert ("КоличествоBalance" in head, "ВалютнаяСуммаBalance" in head) == (True, False)
    assert "есть еще" in shown
    named = look("get", f"{BOOKS}/Balance", *GOODS, "--select", "ВалютнаяСуммаBalance").stdout
    assert named.splitlines()[0].split() == ["ВалютнаяСуммаBalance"]


def test_a_condition_narrows_what_the_base_adds_up(look: Run) -> None:
    product = rows(look("get", f"{BOOKS}/Balance", *GOODS, "--json"))[0]["ExtDimension1"]
    condition = f"ExtDimension1 eq cast(guid'{product}','Catalog_Номенклатура')"
    found = rows(look("get", f"{BOOKS}/Balance", *GOODS, "--condition", condition, "--json"))
    assert {one["ExtDimension1"] for one in found} == {product}


def test_a_period_is_a_day_or_a_moment_of_the_bases_clock(look: Run) -> None:
    def on(moment: str) -> int:
        done = look("count", f"{BOOKS}/Balance", *GOODS, "--period", moment)
        return int(done.stdout)

    assert (on("2020-01-01"), on("2024-12-31T00:00:00")) == (0, 0)
    assert on("2026-11-22") == on("2026-11-22 12:00") > 0


def test_turnovers_between_two_moments_are_counted(look: Run) -> None:
    asked = ("--start", "2024-12-01", "--end", "2025-01-01")
    counted = look("count", f"{BOOKS}/BalanceAndTurnovers", *asked, "--json")
    assert json.loads(counted.stdout)["count"] > 0
    opening = rows(look("get", f"{BOOKS}/BalanceAndTurnovers", *GOODS, *asked, "--json"))
    assert all(one["СуммаOpeningBalance"] == 0 for one in opening)
    assert any(one["СуммаClosingBalance"] > 0 for one in opening)


def test_slices_and_records_are_tables_too(look: Run) -> None:
    assert rows(look("get", "КурсыВалют/СрезПоследних", "--period", "2026-11-22", "--json"))
    records = look("get", f"{BOOKS}/RecordsWithExtDimensions", "--top", "1", "--json")
    assert (len(rows(records)), json.loads(records.stdout)["more"]) == (1, True)


def test_a_table_is_described_with_the_options_that_ask_it(look: Run) -> None:
    shown = look("describe", f"{BOOKS}/Turnovers").stdout
    for parameter, option in (("StartPeriod", "--start"), ("AccountCondition", "--accounts")):
        row = next(line for line in shown.splitlines() if line.startswith(parameter))
        assert row.split()[-1] == option
    assert "СуммаTurnoverDr" in shown
    plain = json.loads(look("describe", f"{BOOKS}/Turnovers", "--json").stdout)
    assert plain["table"] == f"{BOOKS}/Turnovers"


def test_a_table_that_the_register_lacks_is_told_with_those_it_has(look: Run) -> None:
    refused(look("get", f"{BOOKS}/Balanse"), "возможно, «Balance»")
    refused(look("get", "ОплатаСчетов/Balance"), "Turnovers")
    refused(look("get", "Контрагенты/Balance"), "регистр, у которого они есть")


def test_what_another_table_is_asked_is_told_with_what_this_one_is(look: Run) -> None:
    refused(look("get", f"{BOOKS}/Balance", "--start", "2026-01-01"), "--start", "--period")
    refused(look("count", "ОплатаСчетов/Turnovers", *GOODS), "--accounts", "--end")


def test_a_set_is_not_asked_what_only_tables_are_and_the_reverse(look: Run) -> None:
    refused(look("get", BOOKS, "--period", "2026-01-01"), "BalanceAndTurnovers")
    refused(look("count", "Контрагенты", "--dimensions", "x"), "ни одной")
    refused(look("get", f"{BOOKS}/Balance", "--filter", "Сумма gt 1"), "--condition")
    refused(look("get", f"{BOOKS}/Balance", "11111111-2222-3333-4444-555555555555"), "ключей")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--period", "вчера"), "2026-11-22T18:30:00"),
        (("--dimensions", "Номенклатура"), "ExtDimension1"),
        (("--select", "СуммаBalanc"), "возможно, «СуммаBalance»"),
        (("--condition", "Организация_Key = 1"), "eq, ne"),
        (("--condition", "Организацыя_Key eq 1"), "возможно, «Организация_Key»"),
        (
            ("--condition", "ExtDimension1 eq guid'11111111-2222-3333-4444-555555555555'"),
            "cast(",
        ),
    ],
)
def test_wrong_asking_is_told_before_the_base_is_asked(
    look: Run, asked: tuple[str, str], said: str
) -> None:
    refused(look("get", f"{BOOKS}/Balance", *asked), said)


def test_check_tells_which_balance_cannot_be_read_and_goes_on(
    settings: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings.parent / "mine" / "balances"
    own.mkdir(parents=True)
    (own.parent / "client.yaml").write_text("extends: bp30\n", encoding="utf-8")
    stock = own / "stock.yaml"
    monkeypatch.chdir(settings.parent)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", store_url)
    said = settings.read_text(encoding="utf-8")
    named = settings.parent / "mine.yaml"
    named.write_text(said.replace("onec:\n", "onec:\n  mappings: mine\n"), encoding="utf-8")
    monkeypatch.setenv("PROVODKA_CONFIG", str(named))

    def amiss(text: str) -> list[dict[str, Any]]:
        stock.write_text(text, encoding="utf-8")
        done = CliRunner().invoke(app, ["check", "--json"])
        findings = json.loads(done.stdout)["findings"]
        assert any(one["area"] == "smtp" for one in findings)
        return [one for one in findings if one["area"] == "balances"]

    assert amiss("extends: bp30\n") == []
    resource = "extends: bp30\nfields:\n  - {ours: quantity, theirs: Количества}\n"
    found = amiss(resource)
    assert {(one["line"], one["code"]) for one in found} == {(3, "no_field")}
    assert "«КоличествоBalanceDr»" in found[0]["expected"]
    [broken] = amiss("extends: bp30\nslots: много\n")
    assert (broken["code"], broken["line"]) == ("bad_value", 2)
