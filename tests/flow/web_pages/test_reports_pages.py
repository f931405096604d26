"""Reports as pages: what they show of the firm, to whom, and how a question is asked."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Connection, Engine, text
from tests.databases import copied
from tests.flow.web_pages.report_firm import HOSTILE, PERSON, WIDE, Firm
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports import catalog
from provodka.dashboards.reports.behind import finding
from provodka.dashboards.web.house import House
from provodka.dashboards.web.pages import serving
from provodka.dashboards.web.pages.reports.shelf import SHELF
from provodka.dashboards.web.people.roles import Role

NAMES = [one.name for one in SHELF]
PERIOD = f"from={WIDE['from']}&to={WIDE['to']}"


@pytest.fixture(scope="module")
def firm(server: str, template: str) -> Iterator[Firm]:
    """The firm in a store of its own."""
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
def head(house: Reader, firm: Firm) -> Reader:
    """A head of the whole company."""
    return read_as(house, firm.engine, Role.HEAD)


@pytest.fixture
def analyst(house: Reader, firm: Firm) -> Reader:
    """An analyst, who sees no names of people."""
    return read_as(house, firm.engine, Role.ANALYST)


def charts(page: str) -> list[dict[str, Any]]:
    """The options of all pictures of a page."""
    return [json.loads(html.unescape(one)) for one in re.findall(r'data-chart="([^"]*)"', page)]


def links(page: str) -> list[str]:
    """Addresses of numbers that have documents behind them."""
    return [
        html.unescape(one) for one in re.findall(r'href="(/reports/[^"]*documents\?[^"]*)"', page)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_shown_with_its_tables_its_meaning_and_its_checks(
    head: Reader, name: str
) -> None:
    answer = head.get(f"/reports/{name}?{PERIOD}")
    assert answer.status_code == 200
    assert "<table" in answer.text
    assert "Как это посчитано" in answer.text
    assert "✓" in answer.text
    assert links(answer.text) or name == "removed"


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_report_says_so_and_draws_nothing(head: Reader, name: str) -> None:
    answer = head.get(f"/reports/{name}?from=1995-01-01&to=1995-01-31&as_of=1995-02-01")
    assert answer.status_code == 200
    assert charts(answer.text) == []


def test_the_picture_has_the_numbers_of_the_table_and_their_documents(head: Reader) -> None:
    page = head.get(f"/reports/funnel?{PERIOD}").text
    [chart] = charts(page)
    points = chart["series"][0]["data"]
    assert [point["value"] for point in points] == [4, 3, 1, 1, 1]
    assert points[1]["label"]["formatter"] == "3 · 75,0\u00a0%"
    assert head.get(points[1]["href"]).text.count('href="/documents/deal/') == 3
    assert links(page)


def test_a_number_leads_to_its_documents_and_each_to_its_own_page(head: Reader, firm: Firm) -> None:
    page = head.get(f"/reports/wins?{PERIOD}").text
    [link] = [one for one in links(page) if "column=won_amount" in one]
    found = head.get(link)
    assert "Сумма выигранных, ₽: 1" in found.text
    assert f'href="/documents/deal/{firm.won}"' in found.text
    assert "Всего на сумму: 100,00" in found.text


def test_documents_are_those_of_the_instant_that_the_number_was_counted_as_of(
    head: Reader,
) -> None:
    page = head.get(f"/reports/wins?{PERIOD}").text
    [link] = [one for one in links(page) if "column=won_amount" in one]
    before = re.sub(r"at=[^&]+", "at=2020-01-01", link)
    assert before != link
    assert "За этим числом документов нет" in head.get(before).text
    assert head.get(before.replace("2020-01-01", "once")).status_code == 422


def test_a_row_that_is_a_document_leads_to_it(head: Reader, firm: Firm) -> None:
    page = head.get(f"/reports/lost_clients?{PERIOD}").text
    assert f'href="/documents/client/{firm.hostile}"' in page
    board = head.get(f"/reports/my_sales?{PERIOD}").text
    assert f'href="/documents/deal/{firm.open}"' in board


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_in_names_is_text_and_never_markup(head: Reader, name: str) -> None:
    page = head.get(f"/reports/{name}?{PERIOD}").text
    assert "<script>alert" not in page
    assert "<b>19 л</b>" not in page
    assert "<i>Опоздала</i>" not in page


def test_a_hostile_name_is_shown_as_it_is_written(head: Reader) -> None:
    page = head.get(f"/reports/couriers?{PERIOD}").text
    assert html.escape(HOSTILE, quote=True) in page.replace("&#39;", "&#x27;")


def test_an_analyst_sees_people_by_their_letters_and_companies_whole(analyst: Reader) -> None:
    page = analyst.get(f"/reports/invoices?{PERIOD}&by=client").text
    assert PERSON not in page
    assert "И. М. С." in page
    assert "ООО Ландыш" in page


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_file_hides_what_the_page_hides(analyst: Reader, form: str) -> None:
    for name in ("couriers", "lost_clients", "my_sales"):
        told = analyst.get(f"/reports/{name}/export?{PERIOD}&format={form}").text
        assert "Петров" not in told
        assert PERSON not in told
        assert "901 000-00-01" not in told
        assert "Заречная" not in told


def test_documents_hide_what_the_page_hides(analyst: Reader, house: Reader, firm: Firm) -> None:
    path = f"/reports/client_base/documents?{PERIOD}&table=base&column=twice_phone"
    seen = analyst.get(path)
    assert PERSON not in seen.text
    assert "И. М. С." in seen.text
    assert PERSON in read_as(house, firm.engine, Role.HEAD).get(path).text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("period=decade", "decade"),
        ("from=yesterday", "yesterday"),
        ("from=2026-02-30", "2026-02-30"),
        ("from=2026-03-01&to=2026-02-01", "2026-02-01"),
        ("from=0001-01-01", "0001-01-01"),
        ("to=9999-12-31", "9999-12-31"),
        ("as_of=soon", "soon"),
        ("as_of=0001-01-01T00:00:00%2B14:00", "0001-01-01"),
        ("by=colour", "colour"),
        ("manager=Никто", "Никто"),
        ("manager=%07", "непечатными"),
        ("manager=" + "я" * 300, "слишком длинное"),
        ("client_kind=x';DROP TABLE crm.deal;--", "DROP TABLE"),
        ("scenario=%27 OR 1=1", "OR 1=1"),
    ],
)
def test_a_question_that_cannot_be_asked_is_answered_with_what_to_mend(
    head: Reader, words: str, said: str
) -> None:
    answer = head.get(f"/reports/funnel?{words}")
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert "Ожидалось" in answer.text


@pytest.mark.parametrize(
    "words",
    [
        "table=cohort&column=secret",
        "table=nothing&column=reached",
        "column=reached",
        "table=cohort&column=conversion'--&k.stage=x",
    ],
)
def test_a_number_that_there_is_not_has_no_documents(head: Reader, words: str) -> None:
    assert head.get(f"/reports/funnel/documents?{words}").status_code == 422


def test_keys_of_a_row_that_there_is_not_find_nothing(head: Reader) -> None:
    hostile = "k.scenario=%27%20OR%201=1--&k.stage=%07&k.group=%3Cscript%3E"
    answer = head.get(f"/reports/funnel/documents?{PERIOD}&table=cohort&column=reached&{hostile}")
    assert answer.status_code == 200
    assert "За этим числом документов нет" in answer.text
    assert "<script>alert" not in answer.text


def test_words_that_are_not_the_reports_are_passed_over(head: Reader) -> None:
    assert head.get("/reports/funnel?utm_source=mail&by=").status_code == 200


def test_filters_keep_what_was_chosen(head: Reader, firm: Firm) -> None:
    page = head.get(f"/reports/funnel?{PERIOD}&manager={firm.manager}&by=manager").text
    assert f'<option value="{firm.manager}" selected>Лунин Олег' in page
    assert '<option value="manager" selected>' in page
    assert f"manager={firm.manager}" in page[page.index("/export?") :][:200]


def test_a_name_in_the_address_is_as_good_as_the_choice(head: Reader, firm: Firm) -> None:
    by_name = head.get(f"/reports/wins?{PERIOD}&manager=лунин олег").text
    assert f'<option value="{firm.manager}" selected>' in by_name


def test_an_earlier_instant_is_asked_for_in_the_address(head: Reader) -> None:
    page = head.get(f"/reports/calls?{PERIOD}&as_of=2000-01-01").text
    assert "данные на" in page
    assert "02.01.2000 00:00" in page


def test_files_hold_the_same_numbers_as_the_page(head: Reader) -> None:
    path = f"/reports/wins/export?{PERIOD}"
    told = head.get(f"{path}&format=json").json()
    row = told["tables"][0]["rows"][0]
    assert (row["won"], Decimal(row["won_amount"])) == (1, Decimal(100))
    answer = head.get(f"{path}&format=csv")
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert any(line[:3] == ["Ромашка", "1", "1"] and "100" in line for line in lines)
    book = openpyxl.load_workbook(io.BytesIO(head.get(f"{path}&format=xlsx").content))
    assert any(cell.value == 100 for sheet in book for line in sheet for cell in line)


def test_parquet_of_several_tables_is_an_archive_that_is_always_the_same(head: Reader) -> None:
    path = f"/reports/wins/export?{PERIOD}&as_of=2026-01-01&format=parquet"
    first, second = head.get(path).content, head.get(path).content
    assert first == second
    names = zipfile.ZipFile(io.BytesIO(first)).namelist()
    assert names == ["wins.closed.parquet", "wins.cohort.parquet"]


def test_documents_can_be_taken_away_too(head: Reader, firm: Firm) -> None:
    page = head.get(f"/reports/wins?{PERIOD}").text
    [link] = [one for one in links(page) if "column=won_amount" in one]
    told = head.get(link.replace("documents?", "documents/export?") + "&format=csv")
    assert told.status_code == 200
    number = firm.rows("SELECT number FROM crm.deal WHERE id = :id", id=firm.won)[0].number
    assert number in told.content.decode("utf-8-sig")


@pytest.mark.parametrize("form", ["html", "exe", "../../etc/passwd"])
def test_a_file_of_an_unknown_form_is_refused(head: Reader, form: str) -> None:
    assert head.get(f"/reports/wins/export?format={form}").status_code == 422


def test_a_report_that_is_not_to_be_trusted_says_so_at_the_top(head: Reader, firm: Firm) -> None:
    told = "UPDATE report.catalog SET trusted = :so, why_not = :why WHERE name = 'calls'"
    _write(firm.engine, told, so=False, why="<b>Разговоров</b> больше, чем звонков")
    try:
        page = head.get(f"/reports/calls?{PERIOD}").text
        listed = head.get("/reports").text
    finally:
        _write(firm.engine, told, so=True, why=None)
    assert "Отчету нельзя доверять" in page
    assert page.index("Отчету нельзя доверять") < page.index("<table")
    assert "&lt;b&gt;Разговоров&lt;/b&gt;" in page
    assert "Не всем отчетам можно доверять" in listed


def test_the_list_says_what_each_answers_and_how_far_it_is_complete(head: Reader) -> None:
    page = head.get("/reports").text
    assert page.count('scope="row"><a href="/reports/') == len(SHELF)
    assert "Сколько сделок доходит до каждого этапа" in page
    assert page.count("сверки сошлись") == len(SHELF)


def test_an_accountant_finds_the_reports_on_money_alone(house: Reader, firm: Firm) -> None:
    accountant = read_as(house, firm.engine, Role.ACCOUNTANT)
    page = accountant.get("/reports").text
    assert 'href="/reports/invoices"' in page
    assert 'href="/reports/funnel"' not in page
    assert accountant.get("/reports/funnel").status_code == 403
    assert accountant.get("/reports/invoices").status_code == 200


def _write(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def test_sums_are_decimal_from_the_store_to_the_program(head: Reader) -> None:
    told = head.get(f"/api/reports/invoices?{PERIOD}").json()
    row = told["tables"][0]["rows"][0]
    assert Decimal(row["amount"]) == Decimal("1070.10")
    assert isinstance(row["amount"], str)
    assert row["entered"]["denominator"] == 2


def test_a_program_is_told_of_a_word_that_it_has_mistyped(head: Reader) -> None:
    answer = head.get("/api/reports/invoices?menager=1")
    assert answer.status_code == 422
    assert answer.json()["code"] == "unknown_value"
    assert "menager" in answer.json()["found"]


def test_a_program_is_told_that_there_is_no_such_report(head: Reader) -> None:
    answer = head.get("/api/reports/profit")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_report")


def test_a_program_has_the_roles_of_whoever_runs_it(house: Reader, firm: Firm) -> None:
    accountant = read_as(house, firm.engine, Role.ACCOUNTANT)
    assert accountant.get("/api/reports/funnel").json()["code"] == "forbidden"
    names = {one["name"] for one in accountant.get("/api/reports").json()["reports"]}
    assert names == {"plan", "invoices", "goods_rendered"}
    courier = read_as(house, firm.engine, Role.COURIER)
    assert (courier.get("/api/reports").status_code) == 403
    courier.cookies.clear()
    assert courier.get("/api/reports").json()["code"] == "not_signed_in"


def test_a_page_that_would_wait_too_long_says_what_to_do(
    head: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(connection: Connection, *_asked: object, **_more: object) -> object:
        return connection.execute(text("SELECT pg_sleep(30)"))

    monkeypatch.setattr(serving, "PATIENCE", text("SET LOCAL statement_timeout = '1s'"))
    monkeypatch.setattr(catalog, "compute", slowly)
    monkeypatch.setattr(finding, "find", slowly)
    answer = head.get("/reports/wins?from=2026-01-01&to=2026-06-30")
    assert answer.status_code == 422
    assert "считается дольше, чем может ждать страница" in answer.text
    behind = f"/reports/wins/documents?{PERIOD}&table=closed&column=won&k_scenario=x"
    answer = head.get(behind)
    assert answer.status_code == 422
    assert "выберите период короче" in answer.text
