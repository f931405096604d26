"""Plans are entered as a table, saved once, checked, and their history is kept (R104)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from tests.databases import copied
from tests.flow.trigger_company import Company
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.web.people.roles import Role
from provodka.flows.hub import Hub
from provodka.flows.pages.composing import house_of
from provodka.flows.requests.carrying import carry_requests
from provodka.flows.settings import HubSettings
from provodka.foundation.located_yaml import parse_yaml

YEAR = {"year": "2026", "basis": "shipped"}


class Office(Company):
    """Two departments with a manager each, and the hub that keeps what is asked for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.south = self.insert("department", name="Юг")
        self.north = self.insert("department", name="<b>Север</b>")
        self.update("employee", self.manager, department_id=self.south)
        self.update("employee", self.head, department_id=self.north)
        settings = HubSettings.model_validate({"company": {"name": "Юг", "inn": "7707083893"}})
        source = parse_yaml("company: {}", Path("hub.yaml"))
        self.hub = Hub(settings, source, Path("/nowhere"), self.engine, None, None, None)

    def plans(self, manager: UUID | None = None) -> dict[int, Decimal]:
        """The plans that stand, by month."""
        query = (
            "SELECT extract(month FROM first_day)::int AS month, amount FROM crm.plan"
            " WHERE deleted_at IS NULL AND manager_id IS NOT DISTINCT FROM CAST(:key AS uuid)"
            " ORDER BY first_day"
        )
        return {row.month: row.amount for row in self.rows(query, key=manager)}

    def settled(self, number: str) -> tuple[str, str]:
        """How a request has ended."""
        query = "SELECT state, said FROM hub.request WHERE id = CAST(:id AS uuid)"
        row = self.rows(query, id=number)[0]
        return row.state, row.said


@pytest.fixture(scope="module")
def office(server: str, template: str) -> Iterator[Office]:
    """The office in a store of its own."""
    with copied(server, template) as url:
        opened = open_engine(url, name="test")
        yield Office(opened)
        opened.dispose()


@pytest.fixture(scope="module")
def house(office: Office) -> Iterator[Reader]:
    """Its pages."""
    with open_house(house_of(office.hub)) as opened:
        yield opened


@pytest.fixture
def head(house: Reader, office: Office) -> Reader:
    """A head of the whole company, before whom nothing is planned."""
    with office.engine.begin() as connection:
        connection.execute(text("UPDATE crm.plan SET deleted_at = now()"))
    return read_as(house, office.engine, Role.HEAD)


def cell(owner: object, month: int, amount: str, was: str = "") -> dict[str, str]:
    """The fields of one cell, as the form sends them."""
    place = owner if owner == "company" else f"m:{owner}"
    return {f"plan.{place}.{month}": amount, f"was.{place}.{month}": was}


def save(reader: Reader, *cells: dict[str, str], number: str | None = None) -> tuple[Any, str]:
    """Send the form; the answer and the number of the request."""
    key = number or str(uuid4())
    form = {**YEAR, "number": key}
    for one in cells:
        form |= one
    return reader.submit("/plans", form, headers={"HX-Request": "true"}), key


def test_plans_are_kept_as_they_were_written(head: Reader, office: Office) -> None:
    written = cell(office.manager, 3, "1 500 000,50"), cell("company", 4, "2\u00a0000")
    answer, number = save(head, *written)
    assert "Хаб выполняет" in answer.text
    assert carry_requests(office.hub)["done"] == 1
    state, said = office.settled(number)
    assert (state, said) == ("done", "Планы сохранены: добавлено 2, изменено 0, убрано 0")
    assert office.plans(office.manager) == {3: Decimal("1500000.50")}
    assert office.plans() == {4: Decimal(2000)}
    [row] = office.rows(
        "SELECT first_day, last_day FROM crm.plan"
        " WHERE deleted_at IS NULL AND manager_id IS NOT NULL"
    )
    assert (row.first_day, row.last_day) == (date(2026, 3, 1), date(2026, 3, 31))


def test_the_same_form_sent_twice_is_one_plan(head: Reader, office: Office) -> None:
    _answer, number = save(head, cell(office.manager, 5, "100"))
    save(head, cell(office.manager, 5, "100"), number=number)
    carry_requests(office.hub)
    assert office.plans(office.manager) == {5: Decimal(100)}


def test_a_plan_is_changed_and_taken_back_and_the_history_says_by_whom(
    head: Reader, office: Office
) -> None:
    save(head, cell(office.manager, 6, "100"))
    carry_requests(office.hub)
    save(head, cell(office.manager, 6, "250", was="100"))
    carry_requests(office.hub)
    assert office.plans(office.manager) == {6: Decimal(250)}
    save(head, cell(office.manager, 6, "", was="250"))
    carry_requests(office.hub)
    assert office.plans(office.manager) == {}
    page = head.get("/plans?year=2026").text
    history = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("Кто что менял")[2]))
    assert "Анна Чтец Лунин Олег 06.2026 250,00 —" in history
    assert "Анна Чтец Лунин Олег 06.2026 100,00 250,00" in history


def test_what_another_has_changed_meanwhile_is_not_overwritten(
    head: Reader, office: Office
) -> None:
    save(head, cell(office.manager, 7, "100"))
    carry_requests(office.hub)
    _answer, number = save(head, cell(office.manager, 7, "300"), cell(office.manager, 8, "5"))
    carry_requests(office.hub)
    state, said = office.settled(number)
    assert state == "refused"
    assert "уже изменил другой: 100" in said
    assert office.plans(office.manager) == {7: Decimal(100)}


@pytest.mark.parametrize(
    "written", ["много", "-5", "1,005", "NaN", "Infinity", "1e30", "=1+1", "<script>"]
)
def test_what_is_no_sum_is_refused_before_anything_is_asked(
    head: Reader, office: Office, written: str
) -> None:
    answer, _number = save(head, cell(office.manager, 1, written))
    assert answer.status_code == 422
    assert "Лунин Олег, Янв" in answer.text
    assert "<script>" not in answer.text
    assert carry_requests(office.hub) == {}


def test_a_form_that_changes_nothing_says_so(head: Reader, office: Office) -> None:
    answer, _number = save(head, cell(office.manager, 1, ""))
    assert answer.status_code == 422
    assert "ничего не изменено" in answer.text


@pytest.mark.parametrize("words", ["year=abc", "year=1", "year=99999999", "basis=gold", "year=²"])
def test_a_year_or_basis_that_there_is_not_is_refused(head: Reader, words: str) -> None:
    assert head.get(f"/plans?{words}").status_code == 422


def test_an_analyst_reads_plans_and_cannot_enter_them(
    head: Reader, house: Reader, office: Office
) -> None:
    save(head, cell(office.manager, 9, "777"))
    carry_requests(office.hub)
    analyst = read_as(house, office.engine, Role.ANALYST)
    page = analyst.get("/plans?year=2026").text
    assert '<td class="num">777</td>' in page
    assert 'name="plan.' not in page
    assert save(analyst, cell(office.manager, 9, "1", was="777"))[0].status_code == 422
    assert read_as(house, office.engine, Role.COURIER).get("/plans").status_code == 403


def test_a_head_of_a_department_plans_for_it_alone(
    head: Reader, house: Reader, office: Office
) -> None:
    save(head, cell("company", 2, "5000"))
    carry_requests(office.hub)
    south = read_as(house, office.engine, Role.HEAD, departments=[office.south])
    page = south.get("/plans?year=2026").text
    assert "Лунин Олег" in page
    assert "Громова Вера" not in page
    assert "5\u202f000" not in page
    _answer, number = save(south, cell(office.manager, 2, "10"))
    carry_requests(office.hub)
    assert office.settled(number)[0] == "done"
    assert save(south, cell(office.head, 2, "10"))[0].status_code == 422


def test_the_hub_itself_refuses_a_plan_of_another_department(
    head: Reader, house: Reader, office: Office
) -> None:
    south = read_as(house, office.engine, Role.HEAD, departments=[office.south])
    number = uuid4()
    wished = {"owner": f"m:{office.head}", "month": 2, "amount": "10", "was": None}
    office.execute(
        "INSERT INTO hub.request (id, person, asked_by, kind, parameters, asked_at, state)"
        " VALUES (:id, :person, 'x', 'plans_save', CAST(:said AS jsonb), now(), 'new')",
        id=number,
        person=south.person,
        said=_said(wished),
    )
    carry_requests(office.hub)
    state, said = office.settled(str(number))
    assert state == "refused"
    assert "не вашего отдела" in said


def test_names_of_owners_are_text(head: Reader) -> None:
    page = head.get("/plans?year=2026").text
    assert "&lt;b&gt;Север&lt;/b&gt;" in page
    assert "<b>Север</b>" not in page


def test_a_form_without_its_token_is_not_heeded(head: Reader, office: Office) -> None:
    form = {**YEAR, "number": str(uuid4()), **cell(office.manager, 1, "5")}
    assert head.post("/plans", data=form).status_code == 403
    assert carry_requests(office.hub) == {}


def _said(wished: dict[str, Any]) -> str:
    import json

    return json.dumps({"year": 2026, "basis": "shipped", "cells": [wished]})
