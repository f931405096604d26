"""Writing to 1C and reading from it at the same time: nothing lost, nothing doubled, no echo."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.flows.hub import Hub

DELTAS = "SELECT count(*) FROM hub.delta"


@pytest.fixture
def entered(hub: Hub, company: Company) -> Any:
    """An invoice that is in 1C, posted, and pulled back once."""
    key = company.bill(company.deal())
    settle(hub)
    run(hub, "accounting")
    return key


@pytest.mark.requirement("R27")
def test_an_invoice_met_between_its_creation_and_its_posting_is_still_posted(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    run(hub, "accounting")
    sandbox.fault("drop_before", method="POST", path="/Post")
    key = company.bill(company.deal())
    settle(hub, 1)
    run(hub, "accounting")
    assert company.invoice(key).posted
    company.now()
    settle(hub, 2)
    run(hub, "accounting")
    assert (company.invoice(key).posted, company.invoice(key).accounting) == (True, "entered")
    assert sandbox.invoice(company.number(key))["Posted"] is True


def test_what_came_from_1c_is_not_sent_back(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    ref = sandbox.invoice(company.number(entered))["Ref_Key"]
    comment = sandbox.invoice(company.number(entered))["Комментарий"] + " и позвонить"
    sandbox.patch(INVOICES, ref, Комментарий=comment)
    written = len(sandbox.writes())
    run(hub, "accounting")
    settle(hub)
    assert company.invoice(entered).comment == "До подъезда и позвонить"
    assert len(sandbox.writes()) == written


@pytest.mark.usefixtures("entered")
def test_reading_the_same_again_writes_nothing(hub: Hub, company: Company) -> None:
    run(hub, "accounting", "catalogs")
    before = company.value(DELTAS)
    run(hub, "accounting", "catalogs")
    company.execute("DELETE FROM hub.cursor WHERE stream LIKE 'onec:%'")
    run(hub, "accounting", "catalogs")
    assert company.value(DELTAS) == before


def test_both_sides_may_change_different_fields_at_once(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    ref = sandbox.invoice(company.number(entered))["Ref_Key"]
    theirs = sandbox.invoice(company.number(entered))["Комментарий"] + ", звонить"
    sandbox.patch(INVOICES, ref, Комментарий=theirs)
    company.execute("UPDATE crm.invoice SET date = date + interval '1 hour'")
    settle(hub)
    run(hub, "accounting")
    settle(hub)
    assert company.invoice(entered).comment == "До подъезда, звонить"
    ours = company.invoice(entered).date.astimezone(hub.base_zone)
    assert sandbox.invoice(company.number(entered))["Date"] == ours.strftime("%Y-%m-%dT%H:%M:%S")
    assert company.conflicts() == []


def test_both_sides_changing_one_field_is_for_a_person_and_nothing_is_overwritten(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    ref = sandbox.invoice(company.number(entered))["Ref_Key"]
    mark = sandbox.invoice(company.number(entered))["Комментарий"].partition("]")[0] + "] "
    sandbox.patch(INVOICES, ref, Комментарий=mark + "К воротам")
    company.execute("UPDATE crm.invoice SET comment = 'На склад'")
    for _time in range(3):
        run(hub, "accounting")
        settle(hub, 1)
    assert company.invoice(entered).comment == "На склад"
    assert sandbox.invoice(company.number(entered))["Комментарий"].endswith("К воротам")
    [conflict] = company.conflicts()
    assert (conflict.field, conflict.base, conflict.ours, conflict.theirs) == (
        "comment", "До подъезда", "На склад", "К воротам",
    )  # fmt: skip


def test_a_copy_that_the_accountant_made_is_an_invoice_of_its_own(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    original = sandbox.invoice(company.number(entered))
    copied = {
        name: value
        for name, value in original.items()
        if name not in ("Ref_Key", "Number", "DataVersion", "Posted")
        and "@" not in name
        and not name.startswith("odata")
    }
    sandbox.create(INVOICES, **copied)
    run(hub, "accounting")
    assert company.value("SELECT count(*) FROM crm.invoice") == 2
    assert company.set_aside() == []


def test_a_document_removed_with_psql_comes_back_when_1c_changes_it(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    [row] = company.rows("SELECT * FROM crm.product WHERE name LIKE 'Кофе%'")
    company.execute("DELETE FROM crm.product WHERE id = :id", id=row.id)
    [coffee] = sandbox.rows("Catalog_Номенклатура", "Description eq 'Кофе молотый 1 кг'")
    sandbox.patch("Catalog_Номенклатура", coffee["Ref_Key"], Description="Кофе в зернах 1 кг")
    run(hub, "catalogs")
    assert company.value("SELECT name FROM crm.product WHERE id = :id", id=row.id) == (
        "Кофе в зернах 1 кг"
    )


def test_two_pulls_at_once_take_each_document_once(hub: Hub) -> None:
    hands = [threading.Thread(target=run, args=(hub, "catalogs")) for _hand in range(3)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    company = Company(hub.engine)
    for kind in ("client", "contract", "product"):
        bound = company.value("SELECT count(*) FROM hub.binding WHERE kind = :kind", kind=kind)
        assert company.value(f"SELECT count(*) FROM crm.{kind}") == bound


@pytest.mark.requirement("R6")
def test_what_the_accountant_keeps_in_a_line_survives_a_change_of_the_line(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    there = sandbox.invoice(company.number(entered))
    [line] = there["Товары"]
    own = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
    sandbox.patch(INVOICES, there["Ref_Key"], Товары=[{**line, "КлючКалькуляцииРасходов": own}])
    company.execute("UPDATE crm.invoice_lines SET content = 'Вода, 19 л, новая'")
    settle(hub)
    [now] = sandbox.invoice(company.number(entered))["Товары"]
    assert (now["Содержание"], now["КлючКалькуляцииРасходов"]) == ("Вода, 19 л, новая", own)


@pytest.mark.requirement("R6")
def test_what_the_accountant_changes_while_the_hub_decides_is_not_overwritten(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, there = hub.require_base(), sandbox.invoice(company.number(entered))
    update, theirs = base.update, there["Комментарий"] + ", звонить"
    quick = iter([theirs])

    def overtaken(*given: Any, **named: Any) -> Any:
        for comment in quick:
            sandbox.patch(INVOICES, there["Ref_Key"], Комментарий=comment)
        return update(*given, **named)

    monkeypatch.setattr(base, "update", overtaken)
    company.execute("UPDATE crm.invoice SET date = date + interval '1 hour', comment = 'Срочно'")
    settle(hub)
    now = sandbox.invoice(company.number(entered))
    assert now["Комментарий"] == theirs
    assert now["Date"] > there["Date"]
    [dispute] = company.conflicts()
    assert dispute.field == "comment"
