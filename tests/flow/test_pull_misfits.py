"""Pages of 1C as bad as they can be: what does not fit waits aside, the rest goes on."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, Neighbours

from provodka.flows.hub import Hub
from provodka.flows.onec.pulling import taking_for
from provodka.flows.onec.replaying import replay
from provodka.flows.onec.taking import take

PRODUCTS = "Catalog_Номенклатура"
REF = "00000000-0000-4000-8000-{:012}"


def taken(hub: Hub, name: str, *rows: dict[str, Any]) -> dict[str, int]:
    """Store a page of our own making, as if the base had sent it."""
    mapping = hub.mappings[name]
    taking = taking_for(hub, [mapping])
    with hub.engine.begin() as connection:
        return dict(take(connection, taking, mapping, list(rows)))


def sample(sandbox: Neighbours, set_name: str, number: int, **values: Any) -> dict[str, Any]:
    """A row like those of the base, under a key of its own."""
    row = sandbox.rows(set_name)[-1]
    return {**row, "Ref_Key": REF.format(number), "DataVersion": f"{number}=", **values}


def names(company: Company, kind: str) -> list[str]:
    return [row.name for row in company.rows(f"SELECT name FROM crm.{kind} ORDER BY name")]


@pytest.mark.parametrize(
    "hostile",
    [
        {"Description": 5},
        {"Description": None},
        {"Description": "Нуль\0байт"},
        {"DeletionMark": "нет"},
        {"Ref_Key": None},
        {"Ref_Key": "не ключ"},
        {"DataVersion": None},
        {"Description": {"value": "x"}},
    ],
)
def test_a_row_that_makes_no_sense_is_set_aside_and_its_page_goes_on(
    hub: Hub, company: Company, sandbox: Neighbours, hostile: dict[str, Any]
) -> None:
    before = len(names(company, "product"))
    rows = [sample(sandbox, PRODUCTS, n, Description=f"Новый {n}", Code=f"{n}", Артикул=f"{n}")
            for n in range(1, 4)]  # fmt: skip
    rows[1] |= hostile
    counts = taken(hub, "product", *rows)
    assert counts["new"] + counts["set_aside"] == 3
    assert {"Новый 1", "Новый 3"} <= set(names(company, "product"))
    assert len(names(company, "product")) == before + counts["new"]
    assert counts["set_aside"] == len(company.set_aside("onec:product"))


def test_the_same_row_twice_on_a_page_is_one_document(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    row = sample(sandbox, PRODUCTS, 1, Description="Дважды", Code="77", Артикул="77")
    taken(hub, "product", row, row)
    assert names(company, "product").count("Дважды") == 1
    assert company.set_aside() == []


@pytest.mark.requirement("R75")
def test_a_tax_number_that_the_store_refuses_is_set_aside_with_the_constraint_and_heals(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    good, bad = (sample(sandbox, CLIENTS, n, Description=f"Клиент {n}", НаименованиеПолное="",
                        ИНН="") for n in (1, 2))  # fmt: skip
    company.execute("ALTER TABLE crm.client ADD CONSTRAINT no_two CHECK (name <> 'Клиент 2')")
    counts = taken(hub, "client", good, bad)
    assert (counts["new"], counts["set_aside"]) == (1, 1)
    [aside] = company.set_aside()
    assert aside.external_key == bad["Ref_Key"]
    assert "no_two" in aside.expected
    assert "client" in aside.place
    assert "quarantine replay" in aside.next_step
    company.execute("ALTER TABLE crm.client DROP CONSTRAINT no_two")
    replay(hub, "onec:client", [bad["Ref_Key"]])
    assert company.set_aside() == []
    assert "Клиент 2" in names(company, "client")


def test_a_wrong_tax_number_is_set_aside_and_the_mended_document_heals_it(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    wrong = sample(
        sandbox,
        CLIENTS,
        1,
        Description="Опечатка",
        НаименованиеПолное="О",
        ИНН="1234567890",
        КПП="",
    )
    assert taken(hub, "client", wrong)["set_aside"] == 1
    [aside] = company.set_aside()
    assert "ИНН" in aside.place
    assert "1234567890" not in f"{aside.found} {aside.place}"
    taken(hub, "client", wrong | {"ИНН": "7707083893", "DataVersion": "2="})
    assert company.set_aside() == []
    assert "Опечатка" in names(company, "client")


@pytest.mark.requirement("R76")
def test_a_newcomer_that_two_clients_fit_names_both_and_takes_neither(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    twins = [company.insert("client", name="ООО Близнец", inn="7707083893") for _n in range(2)]
    row = sample(sandbox, CLIENTS, 1, Description="Близнец", НаименованиеПолное="Близнец",
                 ИНН="7707083893", КПП="")  # fmt: skip
    assert taken(hub, "client", row)["set_aside"] == 1
    [aside] = company.set_aside()
    assert all(str(twin) in f"{aside.found} {aside.expected}" for twin in twins)
    assert aside.next_step
    bound = company.value("SELECT count(*) FROM hub.binding WHERE document = ANY(:t)", t=twins)
    assert bound == 0


@pytest.mark.requirement("R28")
def test_a_payment_that_comes_before_its_invoice_is_known_waits_for_it(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    run(hub, "accounting")
    key = company.bill(company.deal())
    settle(hub)
    number = company.number(key)
    [bound] = company.rows("SELECT * FROM hub.binding WHERE document = :key", key=key)
    company.execute("DELETE FROM hub.binding WHERE document = :key", key=key)
    sandbox.pay(number)
    sandbox.switch(unpublished=["Document_СчетНаОплатуПокупателю"])
    with pytest.raises(Exception, match="опубликуйте"):
        run(hub, "accounting")
    payments = hub.mappings["payment_bank"]
    taken(hub, "payment_bank", *sandbox.rows(payments.entity))
    [waiting] = company.rows("SELECT * FROM hub.parked")
    assert (waiting.waits_for_kind, waiting.waits_for_key) == ("invoice", bound.external_key)
    assert company.set_aside() == []
    sandbox.switch(unpublished=[])
    run(hub, "accounting")
    assert company.rows("SELECT * FROM hub.parked") == []
    assert company.invoice(key).paid_amount == 50000


def test_a_document_that_vanished_in_1c_before_it_was_known_is_not_taken(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    row = sample(sandbox, PRODUCTS, 1, Description="Удален", Code="88", Артикул="88")
    taken(hub, "product", row | {"DeletionMark": True})
    assert "Удален" not in names(company, "product")
    taken(hub, "product", row | {"DataVersion": "2="})
    taken(hub, "product", row | {"DeletionMark": True, "DataVersion": "3="})
    assert company.value("SELECT deleted_at FROM crm.product WHERE name = 'Удален'")


def test_an_earlier_version_of_the_same_page_undoes_nothing_twice(
    hub: Hub, company: Company, sandbox: Neighbours, store: Engine
) -> None:
    row = sample(sandbox, PRODUCTS, 1, Description="Было", Code="99", Артикул="99")
    taken(hub, "product", row)
    company.execute("UPDATE crm.product SET name = 'Стало' WHERE name = 'Было'")
    before = company.value("SELECT count(*) FROM hub.delta")
    taken(hub, "product", row)
    assert company.value("SELECT count(*) FROM hub.delta") == before
    assert "Стало" in names(company, "product")
