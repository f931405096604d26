"""A client that CRM has and 1C has not, or has under another hand."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, Neighbours

from provodka.flows.hub import Hub

INN = "7707083893"


def billed(company: Company, client: UUID) -> UUID:
    return company.bill(company.deal(client_id=client))


@pytest.mark.requirement("R94")
def test_a_client_goes_to_1c_before_its_invoice(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    client = company.insert(
        "client", name="ООО Новый", full_name="ООО Новый", inn=INN, kpp="770701001"
    )
    billed(company, client)
    for _time in range(3):
        settle(hub, 1)
        company.hurry()
    [there] = sandbox.rows(CLIENTS, f"ИНН eq '{INN}'")
    assert there["Description"] == "ООО Новый"


@pytest.mark.requirement("R76", "R94")
def test_a_client_that_1c_has_already_is_not_entered_twice(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    """Entered by the accountant after the last pull of catalogs."""
    like = sandbox.rows(CLIENTS)[0]
    sandbox.create(
        CLIENTS, Description="Новый ООО", НаименованиеПолное="ООО Новый", ИНН=INN,
        КПП="770701001", ЮридическоеФизическоеЛицо="ЮридическоеЛицо",
        Parent_Key=like["Parent_Key"],
    )  # fmt: skip
    client = company.insert(
        "client", name="ООО Новый", full_name="ООО Новый", inn=INN, kpp="770701001"
    )
    billed(company, client)
    for _time in range(3):
        settle(hub, 1)
        company.hurry()
    assert len(sandbox.rows(CLIENTS, f"ИНН eq '{INN}'")) == 1
    run(hub, "catalogs")
    assert company.value("SELECT count(*) FROM crm.client WHERE inn = :inn", inn=INN) == 1


@pytest.mark.requirement("R76", "R94")
def test_two_clients_of_1c_that_fit_are_for_a_person_and_no_third_is_entered(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    twin = {"НаименованиеПолное": "ООО Новый", "ИНН": INN, "КПП": "770701001",
            "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо"}  # fmt: skip
    sandbox.create(CLIENTS, Description="Новый ООО", **twin)
    clients = [
        company.insert("client", name="ООО Новый", full_name="ООО Новый", inn=INN, kpp="770701001")
        for _number in range(2)
    ]
    invoice = billed(company, clients[0])
    for _time in range(3):
        settle(hub, 1)
        company.hurry()
    assert len(sandbox.rows(CLIENTS, f"ИНН eq '{INN}'")) == 1
    told = next(one for one in company.errands() if one.kind == "client")
    assert told.state == "dead"
    assert "в 1С уже есть похожие" in told.trouble["found"]
    assert company.invoice(invoice).accounting == "queued"
