"""A day of an analyst and of a head, in a real browser."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect
from tests.e2e.web.served import Look, Pages, carried, violations

from provodka.connectors.crm_store import people
from provodka.dashboards.web.people.passwords import hashed
from provodka.dashboards.web.people.roles import Role

pytestmark = pytest.mark.timeout(300)
PASSWORD = "синий трамвай у реки"
SOON = 20_000
SCREEN: ViewportSize = {"width": 1440, "height": 900}
PAPER: ViewportSize = {"width": 1032, "height": 700}
"""A4 on its side without its margins, at 96 dots an inch."""
STAGE, REACHED = "Этап", "Достигли"


def reached_in(page: Page) -> dict[str, int]:
    """The first table of the funnel: how many deals have reached each stage."""
    table = page.locator("main table.report").first
    column = [one.strip() for one in table.locator("thead th").all_inner_texts()].index(REACHED)
    rows = table.locator("tbody tr").all()
    return {
        row.locator("th").inner_text(): number(row.locator("td").nth(column - 1)) for row in rows
    }


def number(cell: Locator) -> int:
    """A whole number as people there write it."""
    return int(re.sub(r"\s", "", cell.inner_text()))


def drawn(page: Page) -> list[int]:
    """What the picture of the funnel shows under the same word."""
    told = json.loads(page.locator("[data-chart]").first.get_attribute("data-chart") or "")
    [series] = [one for one in told["series"] if one["name"] == REACHED]
    return [point["value"] for point in series["data"]]


def taken(page: Page, word: str, folder: Path) -> Path:
    """The file that a button gives."""
    with page.expect_download() as waited:
        page.get_by_role("link", name=word).click()
    file = folder / waited.value.suggested_filename
    waited.value.save_as(file)
    return file


def in_rows(rows: list[list[Any]]) -> dict[str, int]:
    """The numbers under the same word in the first table of a file, by stage."""
    start, head = next(one for one in enumerate(rows) if REACHED in one[1])
    stage, reached = head.index(STAGE), head.index(REACHED)
    table = takewhile(lambda row: len(row) == len(head) and row[stage], rows[start + 1 :])
    return {str(row[stage]): int(row[reached]) for row in table}


@pytest.mark.requirement("R103")
def test_an_analyst_asks_the_funnel_looks_behind_a_number_and_takes_the_same_numbers_away(
    pages: Pages, tmp_path: Path
) -> None:
    login = f"analyst-{uuid4()}"
    with pages.hub.engine.begin() as connection:
        people.add(connection, login, "Ольга", roles=["analyst"], password=hashed(PASSWORD))
    context = pages.browser.new_context(locale="ru-RU", base_url=pages.address, viewport=SCREEN)
    look = Look(context.new_page())
    page = look.page
    page.goto("/reports/funnel")
    page.get_by_label("Имя для входа").fill(login)
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    page.wait_for_url("**/reports/funnel")

    page.locator("form.filters [name=period]").select_option("month")
    page.wait_for_url("**period=month**")
    department = str(pages.value("SELECT id FROM crm.department WHERE name = 'Отдел продаж'"))
    page.locator("form.filters [name=department]").select_option(department)
    page.wait_for_url(f"**department={department}**")
    page.reload()
    expect(page.locator("form.filters [name=department]")).to_have_value(department)
    told = reached_in(page)
    assert next(iter(told.values())) > 0
    assert drawn(page) == list(told.values())
    expect(page.locator("[data-chart] svg").first).to_be_visible()

    for_csv, for_excel = taken(page, "CSV", tmp_path), taken(page, "Excel", tmp_path)
    with for_csv.open(encoding="utf-8-sig", newline="") as file:
        assert in_rows(list(csv.reader(file, delimiter=";"))) == told
    sheet = openpyxl.load_workbook(BytesIO(for_excel.read_bytes())).worksheets
    rows = [list(row) for one in sheet for row in one.iter_rows(values_only=True)]
    assert in_rows(rows) == told

    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    expect(page.get_by_text("Отдел: Отдел продаж")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    page.emulate_media(media="screen")

    page.locator("main table.report").first.locator("tbody td a").first.click()
    page.wait_for_url("**/documents?**")
    assert page.locator("main tbody tr").count() == next(iter(told.values()))
    assert look.complaints == []
    noted = "SELECT count(*) FROM hub.audit WHERE what = 'exported' AND person_id ="
    assert (
        pages.value(f"{noted} (SELECT id FROM hub.person WHERE login = :login)", login=login) == 2
    )
    context.close()


@pytest.mark.requirement("R104")
def test_a_head_plans_judges_the_discipline_and_answers_for_a_rule(pages: Pages) -> None:
    pages.execute(
        "UPDATE hub.rule_release SET state = 'draft', approved_by = NULL, approved_at = NULL,"
        " activated_by = NULL, activated_at = NULL WHERE rule = 'call_back'"
    )
    with pages.opened_by(Role.HEAD) as look, carried(pages.hub):
        page = look.page
        page.goto("/")
        expect(page).to_have_url(f"{pages.address}/overview")
        page.get_by_role("link", name="Планы").click()
        enter_plan(pages, page)
        page.get_by_role("link", name="Дисциплина").click()
        checks = page.get_by_role("region", name="Проверки")
        expect(checks).to_contain_text(re.compile(r"У каждой задачи .*: сходится: [1-9]"))
        page.get_by_role("link", name="Правила").click()
        page.locator("a[href='/rules/call_back']").click()
        for word, outcome in (("Утвердить", "утверждена"), ("Ввести", "действует")):
            page.get_by_role("button", name=word).click()
            expect(page.locator(".request.done")).to_contain_text(outcome, timeout=SOON)
            page.reload()
        released = "SELECT state || ' ' || approved_by FROM hub.rule_release WHERE rule = :rule"
        assert pages.value(released, rule="call_back") == "active Анна Чтец"
        assert look.complaints == []


def refused(page: Page, form: str, word: str, why: str) -> None:
    """Send a form that is refused, and wait until it can be sent again."""
    number = page.locator(f"#{form}")
    sent = number.input_value()
    page.get_by_role("button", name=word).click()
    expect(page.locator(".request.refused")).to_contain_text(why, timeout=SOON)
    expect(number).not_to_have_value(sent, timeout=SOON)


def enter_plan(pages: Pages, page: Page) -> None:
    """Write a plan down while somebody else does: nothing is lost of what was written."""
    year = datetime.now(UTC).year
    field = page.get_by_label("Компания, Мар")
    field.fill("1 500 000,50")
    page.set_viewport_size(SCREEN)
    sideways = "(box => box.scrollWidth - box.clientWidth)(document.querySelector('.scroll'))"
    assert page.evaluate(sideways) <= 0
    pages.execute(
        "INSERT INTO crm.plan (basis, first_day, last_day, amount) VALUES ('shipped', :first,"
        " :last, 7)",
        first=f"{year}-03-01",
        last=f"{year}-03-31",
    )
    refused(page, "plans-number", "Сохранить", "уже изменил другой")
    expect(field).to_have_value("1 500 000,50")
    pages.execute("UPDATE crm.plan SET deleted_at = now() WHERE amount = 7")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator(".request.done")).to_contain_text("добавлено 1", timeout=SOON)
    expect(page.locator(".plans-history tbody tr").first).to_contain_text("500")
    expect(field).to_have_value(re.compile(r"1\s500\s000,50"))


@pytest.mark.requirement("R73")
def test_a_head_sends_somebody_on_leave_and_calls_them_back(pages: Pages) -> None:
    names = ("Котов Илья Сергеевич", "Зайцев Петр Ильич")
    with pages.opened_by(Role.HEAD) as look, carried(pages.hub):
        page = look.page
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/absences")
        rows = page.locator("#away-list tbody tr")
        for number, name in enumerate(names):
            page.get_by_label("Кто отсутствует").select_option(label=name)
            page.get_by_label("Последний день").fill("2099-01-01")
            page.get_by_label("Кто замещает").select_option(label="Лебедева Анна Юрьевна")
            refused(page, "away-number", "Записать", "слишком долгое")
            page.get_by_label("Последний день").fill(datetime.now(UTC).date().isoformat())
            page.get_by_role("button", name="Записать").click()
            expect(rows).to_have_count(number + 1, timeout=SOON)
            expect(page.get_by_label("Последний день")).to_have_value("", timeout=SOON)
        assert violations(page) == []
        for left in (1, 0):
            rows.first.get_by_role("button").click()
            expect(rows).to_have_count(left, timeout=SOON)
        assert look.complaints == []


def test_a_name_that_a_head_reads_stands_before_an_analyst_in_letters(pages: Pages) -> None:
    client = "SELECT id FROM crm.client WHERE kind = 'individual' ORDER BY name LIMIT 1"
    key = pages.value(client)
    name = pages.value("SELECT name FROM crm.client WHERE id = :key", key=key)
    for role, whole in ((Role.HEAD, True), (Role.ANALYST, False)):
        with pages.opened_by(role) as look:
            look.page.goto(f"/documents/client/{key}")
            assert (name in look.page.content()) is whole
            assert look.complaints == []
