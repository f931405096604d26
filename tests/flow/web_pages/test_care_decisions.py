"""Decisions of people about documents of a living 1C: what was set aside heals, disputes end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.e2e.company import Company, settle
from tests.e2e.neighbours import CLIENTS, Neighbours
from tests.flow.web_pages.care_room import fields_of_form
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store import conflicts
from provodka.dashboards.web.people.roles import Role
from provodka.flows.hub import Hub
from provodka.flows.onec.pulling import taking_for
from provodka.flows.onec.taking import take
from provodka.flows.pages.composing import house_of
from provodka.flows.requests.carrying import carry_requests

REF = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def reader(hub: Hub, company: Company) -> Iterator[Reader]:
    """The pages of a hub among its neighbours, read by an accountant."""
    with open_house(house_of(hub)) as opened:
        yield read_as(opened, hub.engine, Role.ACCOUNTANT, now=datetime.now(UTC))


def press(hub: Hub, reader: Reader, section: str, deed: str, number: int = 0) -> tuple[str, str]:
    """Press a button; how the wish has ended, and in which words."""
    page = reader.get(f"/attention?section={section}").text
    form = fields_of_form(page, deed, number)
    answer = reader.post(
        "/attention", data={**form, "csrf": reader.csrf}, headers={"HX-Request": "true"}
    )
    assert "Хаб выполняет" in answer.text
    counts = carry_requests(hub)
    told = reader.part(f"/requests/{form['wish']}")
    assert told.headers["hx-trigger"].startswith("settled, ")
    return next(iter(counts)), told.text


def taken(hub: Hub, row: dict[str, Any]) -> None:
    mapping = hub.mappings["client"]
    with hub.engine.begin() as connection:
        take(connection, taking_for(hub, [mapping]), mapping, [row])


def test_the_retry_button_heals_a_document_once_the_cause_is_gone(
    hub: Hub, company: Company, sandbox: Neighbours, reader: Reader
) -> None:
    row = {**sandbox.rows(CLIENTS)[-1], "Ref_Key": REF, "DataVersion": "1=",
           "Description": "Клиент 2", "НаименованиеПолное": "", "ИНН": ""}  # fmt: skip
    company.execute("ALTER TABLE crm.client ADD CONSTRAINT no_two CHECK (name <> 'Клиент 2')")
    taken(hub, row)
    state, told = press(hub, reader, "aside", "quarantine_retry")
    assert state == "refused"
    assert "снова отложен" in told
    assert len(company.set_aside()) == 1
    company.execute("ALTER TABLE crm.client DROP CONSTRAINT no_two")
    state, told = press(hub, reader, "aside", "quarantine_retry")
    assert state == "done"
    assert "опробовано 1: новых 1" in told
    assert company.set_aside() == []
    assert company.value("SELECT count(*) FROM crm.client WHERE name = 'Клиент 2'") == 1
    assert "Ничего не отложено" in reader.get("/attention?section=aside").text


def test_a_retry_that_fails_for_another_reason_is_refused_with_that_reason(
    hub: Hub, company: Company, sandbox: Neighbours, reader: Reader
) -> None:
    row = {**sandbox.rows(CLIENTS)[-1], "Ref_Key": REF, "DataVersion": "1=", "ИНН": "123"}
    taken(hub, row)
    company.execute("UPDATE hub.quarantine SET code = 'an_older_reason'")
    state, told = press(hub, reader, "aside", "quarantine_retry")
    assert state == "refused"
    assert "снова отложен" in told
    assert len({one.external_key for one in company.set_aside()}) == 1


def test_a_dispute_is_shown_from_three_sides_and_ends_by_a_persons_word_once(
    hub: Hub, company: Company, reader: Reader
) -> None:
    invoice = company.bill(company.deal())
    settle(hub)
    sides = ["До подъезда", "До подъезда", "К воротам"]
    with hub.engine.begin() as connection:
        conflicts.record(connection, stream="onec:invoice", kind="invoice", document=invoice,
                         field="comment", sides=sides)  # fmt: skip
    page = reader.get("/attention?section=conflicts").text
    assert page.count("До подъезда") == 2
    assert "К воротам" in page
    assert "сотрудник Котов" in page
    form = fields_of_form(page, "conflict_resolve", 1)
    assert form["take"] == "theirs"
    state, told = press(hub, reader, "conflicts", "conflict_resolve", 1)
    assert state == "done"
    assert "решено: К воротам" in told
    assert company.invoice(invoice).comment == "К воротам"
    [ended] = company.rows("SELECT taken, resolved_by FROM hub.conflict")
    assert tuple(ended) == ("theirs", "person:Анна Чтец")
    # Killed after the decision and before its request was settled, the hub finds it done.
    company.execute("UPDATE hub.request SET state = 'new', settled_at = NULL, said = NULL")
    assert carry_requests(hub)["done"] == 1
    assert company.value("SELECT said FROM hub.request") == "решено: К воротам"
