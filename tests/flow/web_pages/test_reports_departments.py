"""Heads of departments see the rows of their own people, in every form of a report (R83)."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest
from tests.databases import copied
from tests.flow.web_pages.report_firm import WIDE, Firm
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.web.house import House
from provodka.dashboards.web.pages.reports.shelf import SHELF
from provodka.dashboards.web.people.roles import Role

PERIOD = f"from={WIDE['from']}&to={WIDE['to']}"
WHOLE = {"abc_xyz", "lost_clients", "goods_rendered"}
"""Reports that nobody has parted by departments."""


@pytest.fixture(scope="module")
def firm(server: str, template: str) -> Iterator[Firm]:
    """The firm: Lunin and a courier in the south, which is under sales; Gromova in service."""
    with copied(server, template) as url:
        opened = open_engine(url, name="test")
        yield Firm(opened)
        opened.dispose()


@pytest.fixture(scope="module")
def house(firm: Firm) -> Iterator[Reader]:
    """Its pages."""
    with open_house(House(firm.engine)) as opened:
        yield opened


@pytest.fixture
def sales(house: Reader, firm: Firm) -> Reader:
    """The head of sales, with the south below."""
    return read_as(house, firm.engine, Role.HEAD, departments=[firm.sales])


@pytest.fixture
def service(house: Reader, firm: Firm) -> Reader:
    """The head of service."""
    return read_as(house, firm.engine, Role.HEAD, departments=[firm.service])


def rows(reader: Reader, name: str, table: int = 0, **where: str) -> list[dict[str, object]]:
    """A table of a report, as programs get it."""
    words = "".join(f"&{key}={value}" for key, value in where.items())
    told = reader.get(f"/api/reports/{name}?{PERIOD}{words}").json()
    found: list[dict[str, object]] = told["tables"][table]["rows"]
    return found


def test_a_department_has_the_deals_of_its_people_and_of_those_below(
    sales: Reader, house: Reader, firm: Firm
) -> None:
    assert rows(sales, "wins", 1)[0]["cohort"] == 3
    assert [row["group"] for row in rows(sales, "wins", 1, by="manager")] == ["Лунин Олег"]
    service = read_as(house, firm.engine, Role.HEAD, departments=[firm.service])
    assert rows(service, "wins", 1)[0]["cohort"] == 1


def test_documents_and_files_are_parted_as_the_page_is(service: Reader, firm: Firm) -> None:
    path = "/reports/my_sales/documents?table=stages&column=deals"
    keys = "&k.scenario=romashka&k.stage={stage}"
    mine = service.get(path + keys.format(stage="proposal"))
    assert f'href="/documents/deal/{firm.theirs}"' in mine.text
    others = service.get(path + keys.format(stage="info_letter"))
    assert "За этим числом документов нет" in others.text
    told = service.get(f"/reports/my_sales/export?{PERIOD}&format=csv").text
    assert "Чужая" in told
    assert "Третья" not in told


def test_what_counts_the_whole_company_is_left_out(sales: Reader) -> None:
    told = sales.get(f"/api/reports/calls?{PERIOD}").json()
    assert [table["name"] for table in told["tables"]] == ["calls"]
    assert sum(row["calls"] for row in told["tables"][0]["rows"]) == 2
    hidden = f"/reports/calls/documents?{PERIOD}&table=hours&column=calls&k.hour=1"
    assert sales.get(hidden).status_code == 422


def test_couriers_and_operators_are_those_of_the_department(
    sales: Reader, house: Reader, firm: Firm
) -> None:
    assert len(rows(sales, "couriers", 2)) == 1
    assert [row["group"] for row in rows(sales, "orders_handled", by="operator")] == ["Лунин Олег"]
    service = read_as(house, firm.engine, Role.HEAD, departments=[firm.service])
    assert rows(service, "couriers", 2) == []
    assert [row["group"] for row in rows(service, "orders_handled", by="operator")] == [
        "Громова Вера"
    ]


def test_plans_of_ones_own_people_are_shown_and_the_companys_are_not(sales: Reader) -> None:
    assert [row["owner"] for row in rows(sales, "plan")] == ["Лунин Олег"]


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_report_that_cannot_be_parted_is_not_shown_at_all(sales: Reader, name: str) -> None:
    answer = sales.get(f"/reports/{name}?{PERIOD}")
    assert answer.status_code == 422
    assert "не делится по отделам" in answer.text
    assert sales.get(f"/reports/{name}/export?{PERIOD}").status_code == 422
    assert sales.get(f"/api/reports/{name}?{PERIOD}").json()["code"] == "whole_company"


def test_the_list_has_only_what_can_be_shown(sales: Reader) -> None:
    page = sales.get("/reports").text
    listed = {one.name for one in SHELF if f'href="{one.path}"' in page.partition("<main")[2]}
    assert listed == {one.name for one in SHELF} - WHOLE


@pytest.mark.parametrize("by_name", [True, False])
def test_another_department_is_not_to_be_asked_for(
    sales: Reader, firm: Firm, by_name: bool
) -> None:
    wanted = "Сервис" if by_name else str(firm.service)
    answer = sales.get(f"/reports/funnel?{PERIOD}&department={wanted}")
    assert answer.status_code == 422
    assert "не из ваших отделов" in answer.text


def test_one_of_several_departments_can_be_chosen(sales: Reader, firm: Firm) -> None:
    page = sales.get(f"/reports/funnel?{PERIOD}&department=юг").text
    assert f'<option value="{firm.south}" selected>Юг' in page
    assert "Сервис" not in html.unescape(page)
    assert rows(sales, "wins", 1, department=str(firm.south))[0]["cohort"] == 3
    assert rows(sales, "wins", 1, department=str(firm.sales)) == []


def test_keys_of_strangers_beside_ones_own_are_not_heeded(sales: Reader, firm: Firm) -> None:
    both = f"{firm.south},{firm.service}"
    assert rows(sales, "wins", 1, department=both)[0]["cohort"] == 3
    lunin_and_more = rows(sales, "orders_handled", operator=f"{firm.manager},{firm.head}")
    assert lunin_and_more[0]["received"] == 3


def test_a_manager_of_another_department_has_no_rows(sales: Reader, firm: Firm) -> None:
    assert rows(sales, "wins", 1, manager=str(firm.head)) == []
