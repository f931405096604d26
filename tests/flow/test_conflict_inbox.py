"""The conflict inbox as people use it: both values side by side, one word, and it never returns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, Neighbours
from tests.flow.cli_program import document
from typer.testing import CliRunner

from provodka.flows.cli.app import app
from provodka.flows.hub import Hub
from provodka.flows.onec.resolving import resolve
from provodka.flows.settings import Environment
from provodka.foundation.errors import DocumentError, Refused

Act = Any


@pytest.fixture
def entered(hub: Hub, company: Company) -> Any:
    """An invoice that is in 1C, posted, and pulled back once."""
    key = company.bill(company.deal())
    settle(hub)
    run(hub, "accounting")
    return key


@pytest.fixture
def both_changed(hub: Hub, company: Company, sandbox: Neighbours, entered: Any) -> Any:
    """The comment of that invoice, changed differently here and there."""
    comment(sandbox, company, entered, "К воротам")
    company.execute("UPDATE crm.invoice SET comment = 'На склад'", origin="person:Котов")
    run(hub, "accounting")
    return entered


def comment(sandbox: Neighbours, company: Company, key: Any, told: str) -> None:
    """The accountant writes a comment, leaving the hub's mark in its place."""
    row = sandbox.invoice(company.number(key))
    mark = row["Комментарий"].partition("]")[0] + "] "
    sandbox.patch(INVOICES, row["Ref_Key"], Комментарий=mark + told)


def told(sandbox: Neighbours, company: Company, key: Any) -> str:
    """The comment in 1C, without the mark."""
    return str(sandbox.invoice(company.number(key))["Комментарий"]).partition("] ")[2]


def quiet(hub: Hub, rounds: int = 3) -> None:
    """Everyone does what there is to do, until nothing is left."""
    for _round in range(rounds):
        settle(hub, 1)
        run(hub, "accounting")


@pytest.mark.requirement("R89")
@pytest.mark.parametrize(
    ("take", "value", "after"),
    [("ours", None, "На склад"), ("theirs", None, "К воротам"), ("value", "В офис", "В офис")],
)
def test_a_resolution_holds_on_both_sides_and_the_conflict_never_returns(
    hub: Hub,
    company: Company,
    sandbox: Neighbours,
    both_changed: Any,
    take: Any,
    value: str | None,
    after: str,
) -> None:
    [conflict] = company.conflicts()
    [done] = resolve(hub, [conflict.id], take, "Орлова", value)
    assert (done.value, done.queued) == (after, take != "theirs")
    quiet(hub)
    company.execute("UPDATE hub.binding SET external_version = NULL")
    company.execute("DELETE FROM hub.cursor WHERE stream LIKE 'onec:%'")
    quiet(hub)
    assert company.invoice(both_changed).comment == after
    assert told(sandbox, company, both_changed) == after
    assert company.conflicts() == []
    [kept] = company.rows("SELECT * FROM hub.conflict")
    assert (kept.taken, kept.resolution, kept.resolved_by) == (take, after, "person:Орлова")


@pytest.mark.usefixtures("both_changed")
def test_the_resolution_is_in_the_journal_under_the_name_of_who_decided(
    hub: Hub, company: Company
) -> None:
    [conflict] = company.conflicts()
    resolve(hub, [conflict.id], "theirs", "Орлова")
    [row] = company.rows(
        "SELECT origin, before->>'comment' AS was, after->>'comment' AS now FROM hub.delta"
        " WHERE document = :key ORDER BY id DESC LIMIT 1", key=conflict.document,
    )  # fmt: skip
    assert tuple(row) == ("person:Орлова", "На склад", "К воротам")


def test_a_document_in_conflict_keeps_flowing_for_its_other_fields(
    hub: Hub, company: Company, sandbox: Neighbours, both_changed: Any
) -> None:
    company.execute("UPDATE crm.invoice SET date = date + interval '1 hour'")
    quiet(hub, 2)
    ours = company.invoice(both_changed).date.astimezone(hub.base_zone)
    there = sandbox.invoice(company.number(both_changed))
    assert there["Date"] == ours.strftime("%Y-%m-%dT%H:%M:%S")
    assert told(sandbox, company, both_changed) == "К воротам"
    assert company.invoice(both_changed).comment == "На склад"
    assert [one.field for one in company.conflicts()] == ["comment"]


def test_a_change_there_after_the_resolution_is_news_and_is_taken(
    hub: Hub, company: Company, sandbox: Neighbours, both_changed: Any
) -> None:
    [conflict] = company.conflicts()
    resolve(hub, [conflict.id], "ours", "Орлова")
    quiet(hub)
    comment(sandbox, company, both_changed, "Позвонить")
    quiet(hub)
    assert company.invoice(both_changed).comment == "Позвонить"
    assert company.conflicts() == []


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_sides_that_agree_by_themselves_end_the_conflict(
    hub: Hub, company: Company, sandbox: Neighbours, both_changed: Any, side: str
) -> None:
    if side == "ours":
        company.execute("UPDATE crm.invoice SET comment = 'К воротам'")
    else:
        comment(sandbox, company, both_changed, "На склад")
    quiet(hub)
    assert company.conflicts() == []
    [kept] = company.rows("SELECT taken, resolved_by FROM hub.conflict")
    assert tuple(kept) == ("dissolved", "hub")


def test_a_side_that_takes_its_change_back_lets_the_other_flow(
    hub: Hub, company: Company, sandbox: Neighbours, both_changed: Any
) -> None:
    comment(sandbox, company, both_changed, "До подъезда")
    quiet(hub)
    assert company.conflicts() == []
    assert told(sandbox, company, both_changed) == "На склад"


def test_a_field_that_cannot_be_sent_stays_ours_without_being_asked_again(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    buyer = company.buyers[0]
    [bound] = company.rows("SELECT * FROM hub.binding WHERE document = :key", key=buyer.id)
    company.execute("UPDATE crm.client SET email = 'new@example.org' WHERE id = :id", id=buyer.id)
    row = sandbox.rows(CLIENTS, f"Ref_Key eq guid'{bound.external_key}'")[0]
    lines = [
        line | {"Представление": "other@example.org", "АдресЭП": "other@example.org"}
        if line["Тип"] == "АдресЭлектроннойПочты" else line
        for line in row["КонтактнаяИнформация"]
    ]  # fmt: skip
    sandbox.patch(CLIENTS, bound.external_key, КонтактнаяИнформация=lines)
    run(hub, "catalogs")
    [conflict] = company.conflicts()
    assert conflict.field == "email"
    [done] = resolve(hub, [conflict.id], "ours", "Орлова")
    assert not done.queued
    company.execute("UPDATE hub.binding SET external_version = NULL")
    company.execute("DELETE FROM hub.cursor WHERE stream LIKE 'onec:%'")
    run(hub, "catalogs")
    settle(hub, 1)
    assert company.conflicts() == []
    assert company.value("SELECT email FROM crm.client WHERE id = :id", id=buyer.id) == (
        "new@example.org"
    )


def test_cells_of_one_invoice_are_settled_together(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    row = sandbox.invoice(company.number(entered))
    lines = [dict(row["Товары"][0]) | {"Количество": 3, "Цена": 20000}]
    sandbox.patch(INVOICES, row["Ref_Key"], Товары=lines)
    company.execute("UPDATE crm.invoice_lines SET quantity = 2, price = 25000")
    run(hub, "accounting")
    waiting = company.conflicts()
    assert {one.field for one in waiting} == {"lines.1.quantity", "lines.1.price"}
    done = resolve(hub, [one.id for one in waiting], "theirs", "Орлова")
    assert {one.field: Decimal(one.value) for one in done} == {
        "lines.1.quantity": 3, "lines.1.price": 20000,
    }  # fmt: skip
    [line] = company.rows("SELECT * FROM crm.invoice_lines WHERE invoice_id = :k", k=entered)
    assert (line.quantity, line.price) == (3, 20000)
    quiet(hub)
    assert company.conflicts() == []


def test_what_the_accountant_changed_in_a_line_survives_our_change_of_its_neighbour(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    row = sandbox.invoice(company.number(entered))
    lines = [dict(row["Товары"][0]) | {"Содержание": "С доставкой до двери"}]
    sandbox.patch(INVOICES, row["Ref_Key"], Товары=lines)
    company.execute(
        "UPDATE crm.invoice_lines SET quantity = 1, price = 50000 WHERE invoice_id = :k", k=entered
    )
    settle(hub, 1)
    [there] = sandbox.invoice(company.number(entered))["Товары"]
    assert (there["Содержание"], there["Количество"]) == ("С доставкой до двери", 1)
    quiet(hub)
    assert company.value("SELECT content FROM crm.invoice_lines") == "С доставкой до двери"


def test_a_wrong_number_or_value_changes_nothing(
    hub: Hub, company: Company, both_changed: Any
) -> None:
    [conflict] = company.conflicts()
    with pytest.raises(DocumentError, match="такого нет"):
        resolve(hub, [conflict.id, 999], "theirs", "Орлова")
    assert company.invoice(both_changed).comment == "На склад"
    resolve(hub, [conflict.id], "theirs", "Орлова")
    with pytest.raises(DocumentError, match="уже решен"):
        resolve(hub, [conflict.id], "ours", "Орлова")


def test_a_value_that_the_column_cannot_hold_is_refused_with_the_field(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    row = sandbox.invoice(company.number(entered))
    sandbox.patch(INVOICES, row["Ref_Key"], СуммаВключаетНДС=True, Комментарий="x")
    with_price = [dict(row["Товары"][0]) | {"Цена": 11}]
    sandbox.patch(INVOICES, row["Ref_Key"], Товары=with_price)
    company.execute("UPDATE crm.invoice_lines SET price = 12")
    run(hub, "accounting")
    price = next(one for one in company.conflicts() if one.field == "lines.1.price")
    for wrong in ("дорого", "NaN", "1e999999999"):
        with pytest.raises((DocumentError, Refused)):
            resolve(hub, [price.id], "value", "Орлова", wrong)
    assert [one.id for one in company.conflicts() if one.field == "lines.1.price"] == [price.id]
    [done] = resolve(hub, [price.id], "value", "Орлова", "1 234,50")
    assert Decimal(done.value) == Decimal("1234.5")


def test_the_commands_show_both_sides_with_the_author_and_settle(
    environment: Environment, company: Company, both_changed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVODKA_DATABASE_URL", str(environment.database_url))
    monkeypatch.setenv("PROVODKA_HOME", str(environment.home))
    monkeypatch.setenv("PROVODKA_CONFIG", str(environment.config))
    monkeypatch.chdir(environment.config.parent)
    asked = CliRunner().invoke(app, ["conflicts", "list"])
    number = company.number(both_changed)
    for word in (number, "До подъезда", "На склад", "К воротам"):
        assert word in asked.stdout
    [one] = document(CliRunner().invoke(app, ["conflicts", "list", "--json"]))
    assert (one["title"], one["ours_by"], one["base"]) == (number, "person:Котов", "До подъезда")
    shown = CliRunner().invoke(app, ["conflicts", "show", str(one["number"])]).stdout
    assert "сотрудник Котов" in shown
    wrong = CliRunner().invoke(app, ["conflicts", "resolve", str(one["number"]), "--take", "mine"])
    assert wrong.exit_code == 2
    line = ["conflicts", "resolve", str(one["number"]), "--take", "theirs", "--who", "Орлова"]
    assert CliRunner().invoke(app, line).exit_code == 0
    assert document(CliRunner().invoke(app, ["conflicts", "list", "--json"])) == []
    [kept] = document(CliRunner().invoke(app, ["conflicts", "list", "--all", "--json"]))
    assert (kept["taken"], kept["resolved_by"]) == ("theirs", "person:Орлова")
    # Who has decided is not who had written our side.
    assert (kept["ours"], kept["ours_by"]) == (one["ours"], "person:Котов")
    assert CliRunner().invoke(app, ["conflicts", "show", "999"]).exit_code != 0
