"""What a report's page says is written once for each answer, and never for the wrong reader."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from tests.databases import copied
from tests.flow.web_pages.report_firm import PERSON, WIDE, Firm
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports import answers
from provodka.dashboards.web.house import House
from provodka.dashboards.web.pages.reports import writing
from provodka.dashboards.web.people.roles import Role

PAGE = f"/reports/couriers?from={WIDE['from']}&to={WIDE['to']}"
SALES = f"/reports/my_sales?from={WIDE['from']}&to={WIDE['to']}"


@pytest.fixture(scope="module")
def firm(server: str, template: str) -> Iterator[Firm]:
    """The firm in a store of its own."""
    with copied(server, template) as url:
        opened = open_engine(url, name="test")
        yield Firm(opened)
        opened.dispose()


@pytest.fixture
def house(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Its pages, in a process that has written none; every answer is worth keeping."""
    monkeypatch.setattr(answers, "WORTH", 0)
    with open_house(House(firm.engine)) as opened:
        yield opened
    with firm.engine.begin() as connection:
        connection.execute(text("DELETE FROM report.answer"))


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reports that were written, one after another."""
    told: list[str] = []
    true = writing._written

    def write(*given: object) -> writing.Written:
        told.append("")
        return true(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "_written", write)
    return told


def body(reader: Reader, path: str) -> str:
    """The page without what is the session's own."""
    return reader.get(path).text.replace(reader.csrf, "")


def test_a_kept_answer_is_written_once_and_is_the_same_page(
    house: Reader, firm: Firm, times: list[str]
) -> None:
    read_as(house, firm.engine, Role.HEAD)
    pages = [body(house, PAGE) for _turn in range(4)]
    assert len(times) == 2, "computed for the first reader, written for the second"
    assert len(set(pages)) == 1


def test_an_answer_made_anew_is_written_anew(house: Reader, firm: Firm, times: list[str]) -> None:
    read_as(house, firm.engine, Role.HEAD)
    for _turn in range(3):
        house.get(PAGE)
    with firm.engine.begin() as connection:
        connection.execute(text("UPDATE report.answer SET made_at = now()"))
    house.get(PAGE)
    assert len(times) == 3


def test_a_reader_who_may_see_less_is_not_shown_what_was_written_for_another(
    house: Reader, firm: Firm
) -> None:
    read_as(house, firm.engine, Role.HEAD)
    for _turn in range(3):
        assert PERSON in house.get(SALES).text
    read_as(house, firm.engine, Role.ANALYST)
    assert PERSON not in house.get(SALES).text


def test_each_language_is_written_for_itself(house: Reader, firm: Firm) -> None:
    read_as(house, firm.engine, Role.HEAD)
    for _turn in range(3):
        house.get(PAGE)
    english = house.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "Как это посчитано" not in english
    for _turn in range(2):
        english = house.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "Как это посчитано" not in english


def test_doubt_about_a_report_is_shown_though_its_answer_was_written_before(
    house: Reader, firm: Firm
) -> None:
    read_as(house, firm.engine, Role.HEAD)
    for _turn in range(3):
        assert "нельзя доверять" not in house.get(SALES).text
    mark = text("UPDATE report.catalog SET trusted = :fine, why_not = :why WHERE name = 'my_sales'")
    with firm.engine.begin() as connection:
        connection.execute(mark, {"fine": False, "why": "сделок больше, чем было"})
    assert "сделок больше, чем было" in house.get(SALES).text
    with firm.engine.begin() as connection:
        connection.execute(mark, {"fine": True, "why": None})
    assert "нельзя доверять" not in house.get(SALES).text


def test_a_name_that_was_wiped_out_of_a_kept_answer_is_gone_from_the_page(
    house: Reader, firm: Firm
) -> None:
    read_as(house, firm.engine, Role.HEAD)
    for _turn in range(3):
        assert PERSON in house.get(SALES).text
    wipe = text("UPDATE report.answer SET head = replace(head, :name, '…')")
    with firm.engine.begin() as connection:
        connection.execute(wipe, {"name": PERSON})
    assert PERSON not in house.get(SALES).text
