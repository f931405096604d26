"""What people do on pages, in a real browser: sign in, filter, look into a number, heal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from tests.e2e.company import Company, settle
from tests.e2e.neighbours import INVOICES, Neighbours
from tests.e2e.web.served import Pages, carried

from provodka.dashboards.web.people.roles import Role
from provodka.flows.people.first_link import first_link

pytestmark = pytest.mark.timeout(300)
SOON = 20_000


@pytest.mark.requirement("R76")
def test_the_button_to_retry_heals_what_1c_had_refused(
    pages: Pages, neighbours: Neighbours
) -> None:
    company = Company(pages.hub.engine)
    text = "Период закрыт для записи"
    neighbours.fault("refuse", method="POST", path=f"{INVOICES}?", text=text)
    key = company.bill(company.deal())
    settle(pages.hub)
    assert company.invoice(key).accounting == "refused"
    neighbours.mend()
    with pages.opened_by(Role.ENGINEER) as look, carried(pages.hub):
        look.page.goto("/attention?section=aside")
        matter = look.page.locator("article.matter", has_text=text)
        expect(matter).to_have_count(1)
        matter.get_by_role("button", name="Повторить").click()
        # The answer gives way to the list read anew: what is kept of it stays.
        look.page.wait_for_event("response", lambda one: "/requests/" in one.url, timeout=SOON)
        settled = "SELECT state FROM hub.request ORDER BY asked_at DESC LIMIT 1"
        assert pages.awaited(settled, "new") == "done"
        settle(pages.hub)
        assert company.invoice(key).accounting == "entered"
        assert company.set_aside("push:onec") == []
        look.page.goto("/attention?section=aside")
        expect(look.page.locator("article.matter", has_text=text)).to_have_count(0)
        assert look.complaints == []


def test_the_link_that_the_hub_prints_opens_the_first_page_once(pages: Pages) -> None:
    link = first_link(pages.hub.engine, pages.address, datetime.now(UTC))
    assert link is not None
    for lets_in in (True, False):
        context = pages.browser.new_context(locale="ru-RU")
        page = context.new_page()
        page.goto(link)
        if lets_in:
            page.get_by_role("button").first.click()
            expect(page).to_have_url(f"{pages.address}/overview")
            page.get_by_role("button", name="Выйти").click()
            page.goto(f"{pages.address}/overview")
            expect(page).to_have_url(f"{pages.address}/sign-in?next=%2Foverview")
        else:
            expect(page).not_to_have_url(f"{pages.address}/overview")
        context.close()


def test_a_filter_stands_in_the_address_and_a_number_opens_its_documents(pages: Pages) -> None:
    with pages.opened_by(Role.HEAD) as look:
        look.page.goto("/reports/funnel")
        look.page.get_by_label("Разрез").select_option("manager")
        look.page.wait_for_url("**by=manager**")
        cell = look.page.locator("main table a").first
        shown = int("".join(sign for sign in cell.inner_text() if sign.isdigit()))
        cell.click()
        look.page.wait_for_load_state("load")
        rows = look.page.locator("main table tbody tr")
        assert 0 < rows.count() <= shown
        assert look.complaints == []


def test_the_reader_may_choose_the_language_and_the_dark(pages: Pages) -> None:
    with pages.opened_by(Role.HEAD) as look:
        look.page.goto("/overview")
        look.page.get_by_role("button", name="English").click()
        expect(look.page.locator("html")).to_have_attribute("lang", "en")
        look.page.locator("[data-theme-switch]").click()
        expect(look.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        look.page.reload()
        expect(look.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        assert look.complaints == []


def test_the_menu_of_a_telephone_opens_by_its_button_and_by_the_keyboard(pages: Pages) -> None:
    with pages.opened_by(Role.HEAD, viewport={"width": 390, "height": 844}) as look:
        look.page.goto("/overview")
        menu = look.page.locator("nav.menu")
        expect(menu).to_be_hidden()
        look.page.get_by_role("button", name="Меню").focus()
        look.page.keyboard.press("Enter")
        expect(menu).to_be_visible()
        look.page.keyboard.press("Tab")
        look.page.keyboard.press("Enter")
        look.page.wait_for_load_state("load")
        assert look.complaints == []
