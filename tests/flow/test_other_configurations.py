"""The overlays on bases of their own configurations: nothing amiss, everything taken in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.nursery import Nursery
from typer.testing import CliRunner, Result

from provodka.flows.cli.app import app
from provodka.flows.sandbox_process import write_settings

Run = Callable[..., Result]


@pytest.fixture(
    params=[
        pytest.param("ut11", marks=pytest.mark.requirement("S-3", "S-4", "R116")),
        pytest.param("unf", marks=pytest.mark.requirement("S-5", "R116")),
    ]
)
def run(
    request: pytest.FixtureRequest,
    store_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sandboxes: Nursery,
) -> Iterator[Run]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", store_url)
    with sandboxes.sandbox(tmp_path / "base", "--configuration", request.param) as about:
        settings = write_settings(tmp_path, about)
        said = settings.read_text(encoding="utf-8")
        named = said.replace("onec:\n", f"onec:\n  mappings: {request.param}\n")
        settings.write_text(named, encoding="utf-8")
        yield lambda *line: CliRunner().invoke(app, list(line))


INVOICE = text("""
    WITH agreed AS (
        SELECT id, client_id, organization_id FROM crm.contract
        WHERE kind = 'with_buyer' ORDER BY number LIMIT 1
    ), goods AS (
        SELECT id, name FROM crm.product WHERE kind = 'goods' ORDER BY code LIMIT 1
    ), paper AS (
        INSERT INTO crm.invoice (client_id, organization_id, contract_id, amount)
        SELECT client_id, organization_id, id, 12200 FROM agreed
        RETURNING id, number
    ), line AS (
        INSERT INTO crm.invoice_lines
            (invoice_id, line, product_id, content, quantity, price, amount, vat_rate, vat_amount)
        SELECT paper.id, 1, goods.id, goods.name, 2, 6100, 12200, 'vat22', 2200 FROM paper, goods
    )
    SELECT number FROM paper
""")
ORDERS = {"ut11": ("ЗаказКлиента", "Товары"), "unf": ("ЗаказПокупателя", "Запасы")}


def amiss(done: Result) -> list[dict[str, Any]]:
    found = json.loads(done.stdout)["findings"]
    areas = ("onec", "mappings", "balances")
    return [one for one in found if one["area"] in areas and one["level"] == "bad"]


def count(store: Engine, sql: str) -> int:
    with store.connect() as connection:
        return int(connection.execute(text(sql)).scalar_one())


def test_a_base_of_another_configuration_is_recognised_read_whole_and_without_doubt(
    run: Run, store: Engine
) -> None:
    assert amiss(run("check", "--json")) == []
    done = run("sync", "catalogs", "accounting")
    assert done.exit_code == 0, done.output
    assert count(store, "SELECT count(*) FROM hub.quarantine") == 0
    assert count(store, "SELECT count(*) FROM crm.client") == 40
    assert count(store, "SELECT count(*) FROM crm.contract") == 41
    assert count(store, "SELECT count(*) FROM crm.product") == 26
    assert count(store, "SELECT count(*) FROM crm.product WHERE kind = 'service'") == 6
    assert count(store, "SELECT count(*) FROM crm.product WHERE vat_rate = 'vat10'") == 2
    assert count(store, "SELECT count(*) FROM crm.invoice WHERE posted AND amount > 0") == 12
    assert count(store, "SELECT count(*) FROM crm.invoice_lines WHERE vat_rate IS NULL") == 0


def test_the_balances_that_a_configuration_keeps_are_asked_as_it_knows_them(
    run: Run, request: pytest.FixtureRequest
) -> None:
    ut11 = request.node.callspec.params["run"] == "ut11"
    done = run("sync", "--json")
    assert done.exit_code == 0, done.output
    states = {one["stream"]: one["state"] for one in json.loads(done.stdout)["streams"]}
    assert states["stock"] == "done"
    assert states["settlements"] == ("skipped" if ut11 else "done")
    named = run("sync", "settlements")
    assert (named.exit_code == 2, "onec.balances" in named.output) == (ut11, ut11)


def test_an_invoice_becomes_an_order_there_and_comes_back_as_the_same_invoice(
    run: Run, store: Engine, request: pytest.FixtureRequest
) -> None:
    assert run("sync", "catalogs").exit_code == 0
    with store.begin() as connection:
        number = connection.execute(INVOICE).scalar_one()
    assert run("sync", "invoices", "outbox").exit_code == 0
    order, section = ORDERS[request.node.callspec.params["run"]]
    name = f"Document_{order}"
    [row] = json.loads(
        run("onec", "get", name, "--filter", f"Number eq '{number}'", "--json").stdout
    )["rows"]
    whole = json.loads(
        run("onec", "get", name, row["Ref_Key"], "--json").stdout, parse_float=Decimal
    )
    [line] = whole[section]
    assert (line["Количество"], line["Цена"], line["Сумма"]) == (2, 6100, 12200)
    assert whole["СуммаДокумента"] == 12200
    assert run("sync", "accounting").exit_code == 0
    same = "SELECT count(*) FROM crm.invoice WHERE accounting = 'entered' AND amount = 12200"
    assert (count(store, same), count(store, "SELECT count(*) FROM crm.invoice")) == (1, 13)
