"""A courier's telephone that loses its connection: nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text
from tests.e2e.web.desk_served import (
    PATIENCE,
    Served,
    at_work,
    go_offline,
    go_online,
    tab_to,
    until,
)
from tests.e2e.web.served import Look
from tests.real_parts import needs

from provodka.dashboards.web.people.roles import Role

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def served(
    server: str, template: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The company at work."""
    needs("chromium")
    with at_work(server, template, browser, tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@pytest.fixture
def petrov(served: Served) -> Iterator[Look]:
    """Petrov's telephone, with the page open and kept."""
    served.room.water.execute("UPDATE crm.delivery SET status = 'cancelled'")
    courier = served.room.water.petrov
    with served.pages.opened_by(Role.COURIER, employee=courier, viewport=PHONE) as look:
        yield look


def open_day(page: Page, number: str) -> None:
    """Open the page, wait for a stop, and until the telephone keeps the page."""
    page.goto("/courier")
    expect(card(page, number)).to_be_visible(timeout=PATIENCE)
    kept = "caches.open('courier').then(c => c.match('/courier')).then(Boolean)"
    until(page, lambda: page.evaluate(kept))


def card(page: Page, number: str) -> Any:
    """The card of a stop that waits."""
    return page.locator(f"[data-stop='{number}']")


def say_done(page: Page, number: str, cash: str | None = None) -> None:
    """Press «Доставлено» and write it down."""
    card(page, number).locator(".main").click()
    if cash is not None:
        page.get_by_label("Получено денег").fill(cash)
    page.get_by_role("button", name="Записать").click()
    expect(page.locator("dialog")).to_have_count(0)


def asked(served: Served, number: str) -> int:
    """How many words of a stop the hub has."""
    query = text(
        "SELECT count(*) FROM hub.request r JOIN crm.delivery s"
        " ON r.parameters ->> 'stop' = s.id::text WHERE s.number = :number"
    )
    with served.room.engine.connect() as connection:
        return int(connection.execute(query, {"number": number}).scalar_one())


@pytest.mark.requirement("R87")
def test_words_said_without_a_connection_outlive_the_page_and_are_sent_once_in_order(
    served: Served, petrov: Look
) -> None:
    first, second = served.stop(), served.stop()
    page = petrov.page
    open_day(page, first)
    go_offline(page)
    say_done(page, first)
    say_done(page, second, "850")
    expect(page.locator("#state")).to_contain_text("Не отправлено: 2")
    page.reload()
    expect(page.locator("#state")).to_contain_text("Не отправлено: 2", timeout=PATIENCE)
    expect(page.locator("#totals")).to_contain_text("1\u00a0750,00")
    assert served.value("status", first) == "planned"
    go_online(page)
    until(page, lambda: served.value("status", second) == "done")
    assert served.value("cash_taken", second) == 850
    expect(page.locator("#state")).not_to_contain_text("Не отправлено", timeout=PATIENCE)
    expect(page.get_by_text("не отправлено", exact=True)).to_have_count(0)
    order = "SELECT array_agg(parameters ->> 'stop' ORDER BY settled_at) FROM hub.request"
    stops = [served.value("id::text", one) for one in (first, second)]
    assert served.pages.value(order)[-2:] == stops
    assert [asked(served, one) for one in (first, second)] == [1, 1]


def test_a_word_whose_answer_was_lost_is_not_lost_and_not_heeded_twice(
    served: Served, petrov: Look
) -> None:
    number = served.stop()
    page = petrov.page
    open_day(page, number)
    lost: list[str] = []

    def lose(route: Any) -> None:
        route.fetch()
        lost.append("answer")
        route.abort()

    page.route("**/courier/acts", lose, times=1)
    say_done(page, number)
    until(page, lambda: lost)
    go_online(page)
    expect(page.locator("#state")).not_to_contain_text("Не отправлено", timeout=PATIENCE)
    expect(page.get_by_text("не отправлено", exact=True)).to_have_count(0)
    until(page, lambda: served.value("status", number) == "done")
    assert asked(served, number) == 1


def test_a_word_that_the_hub_does_not_remember_is_sent_again(served: Served, petrov: Look) -> None:
    number = served.stop()
    page = petrov.page
    open_day(page, number)
    told = {"status": 200, "json": {"state": "new", "said": None}}
    page.route("**/courier/acts", lambda route: route.fulfill(**told), times=1)
    say_done(page, number)
    until(page, lambda: served.value("status", number) == "done")
    assert asked(served, number) == 1


def test_the_hub_tells_of_a_stop_that_was_given_to_another_meanwhile(
    served: Served, petrov: Look
) -> None:
    number = served.stop()
    page = petrov.page
    open_day(page, number)
    go_offline(page)
    say_done(page, number)
    key = served.value("id", number)
    served.room.water.update("delivery", key, courier_id=served.room.water.somov)
    go_online(page)
    told = page.locator("#told .told")
    expect(told).to_contain_text("Сомов", timeout=PATIENCE)
    page.reload()
    expect(told).to_contain_text("отметка не записана", timeout=PATIENCE)
    page.get_by_role("button", name="Понятно").click()
    expect(told).to_have_count(0)
    assert served.value("status", number) == "planned"


def test_words_wait_for_the_session_that_has_ended_and_for_their_own_person(
    served: Served, petrov: Look
) -> None:
    number = served.stop()
    page = petrov.page
    open_day(page, number)
    go_offline(page)
    say_done(page, number)
    person = served.pages.value(
        "SELECT person_id FROM hub.session ORDER BY created_at DESC LIMIT 1"
    )
    served.pages.execute("DELETE FROM hub.session WHERE person_id = :person", person=person)
    go_online(page)
    expect(page.get_by_role("link", name="Войти")).to_be_visible(timeout=PATIENCE)
    somov = served.room.water.somov
    served.pages.sign_in(page.context, Role.COURIER, employee=somov)
    page.reload()
    expect(page.locator("#told")).to_contain_text("другого человека: 1", timeout=PATIENCE)
    assert asked(served, number) == 0
    served.pages.execute(
        "UPDATE hub.session SET person_id = :person WHERE id ="
        " (SELECT id FROM hub.session ORDER BY created_at DESC LIMIT 1)",
        person=person,
    )
    page.reload()
    until(page, lambda: served.value("status", number) == "done")
    assert asked(served, number) == 1


def test_leaving_forgets_the_stops_and_keeps_the_words(served: Served, petrov: Look) -> None:
    number = served.stop()
    page = petrov.page
    open_day(page, number)
    page.route("**/courier/acts", lambda route: route.abort())
    say_done(page, number)
    expect(page.locator("#state")).to_contain_text("Не отправлено: 1", timeout=PATIENCE)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url("**/sign-in*")
    page.goto("/courier")
    expect(page.get_by_role("link", name="Войти")).to_be_visible(timeout=PATIENCE)
    assert page.locator("article").count() == 0
    counted = page.evaluate("Courier.acts().then(acts => acts.length)")
    assert counted == 1


def test_a_name_from_outside_is_text_on_the_telephone(served: Served, petrov: Look) -> None:
    number = served.stop()
    client = served.room.water.client
    served.room.water.update("client", client, name="<img src=x onerror=alert(1)>")
    page = petrov.page
    open_day(page, number)
    expect(card(page, number)).to_contain_text("<img src=x")
    assert page.locator("article img").count() == 0
    assert petrov.complaints == []
    served.room.water.update("client", client, name="ООО Ландыш")


def test_the_telephone_counts_what_is_due_as_the_hub_does(served: Served, petrov: Look) -> None:
    water, kept = served.room.water, "SELECT sum(quantity) FROM crm.returnable"
    water.execute("DELETE FROM crm.returnable")
    first = served.stop()
    page = petrov.page
    open_day(page, first)
    say_done(page, first)
    until(page, lambda: served.pages.value(kept) == 2)
    today = datetime.now(UTC).date()
    water.insert("price", product_id=water.bottle, amount=Decimal(300), valid_from=today)
    number = served.stop()
    page.reload()
    card(page, number).locator(".main").click()
    page.get_by_label("Больше: Бутыль 19 л").last.click()
    # Two of 200 and two of 300 are 250 each on average: 500 + 600 − 250.
    expect(page.get_by_label("Получено денег")).to_have_value("850,00")
    page.get_by_label("Получено денег").fill("900")
    page.get_by_role("button", name="Записать").click()
    expect(page.locator("dialog")).to_contain_text("больше, чем к получению")
    page.get_by_label("Получено денег").fill("850")
    page.get_by_role("button", name="Записать").click()
    until(page, lambda: served.value("status", number) == "done")
    assert served.value("cash_due", number) == 850


def test_everything_for_the_first_paint_is_under_fifty_kilobytes(
    served: Served, petrov: Look
) -> None:
    number = served.stop()
    page = petrov.page
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    page.goto("/courier")
    expect(card(page, number)).to_be_visible(timeout=PATIENCE)
    assert sum(sizes) < 50 * 1024
    assert len(sizes) >= 5


def test_a_call_appears_on_the_dispatchers_page_by_itself(served: Served) -> None:
    operator = served.room.water.insert("employee", name="Диспетчерова", extension="555")
    with served.pages.opened_by(Role.DISPATCHER, employee=operator) as look:
        page = look.page
        page.goto("/dispatcher")
        expect(page.get_by_text("Никто не звонит")).to_be_visible()
        served.room.ring("+79161234567", "live-1", extension="555")
        expect(page.locator("#calls .mine")).to_contain_text("ООО Ландыш", timeout=PATIENCE)
        served.room.ring("+79990000000", "live-2", extension="556")
        expect(page.locator("#calls .call")).to_have_count(2, timeout=PATIENCE)
        page.get_by_role("link", name="Принять заказ", exact=True).click()
        page.get_by_label("Сколько: Вода 19 л").fill("2")
        expect(page.locator("#quote")).to_contain_text("500,00", timeout=PATIENCE)
        page.locator(".order").get_by_role("button", name="Принять заказ").click()
        expect(page.locator("#asked .done")).to_contain_text("принят", timeout=PATIENCE)
        expect(page.locator("#waiting")).to_contain_text("Вода 19 л × 2", timeout=PATIENCE)
        assert look.complaints == []


@pytest.mark.requirement("R96")
def test_an_order_is_taken_by_the_keyboard_alone(served: Served) -> None:
    with served.pages.opened_by(Role.DISPATCHER) as look:
        page = look.page
        page.goto("/dispatcher")
        page.keyboard.press("F2")
        page.keyboard.type("79161234567")
        page.keyboard.press("Enter")
        expect(page.locator("#found a")).to_have_count(1, timeout=PATIENCE)
        tab_to(page, "ООО Ландыш")
        page.keyboard.press("Enter")
        expect(page.locator(".order :focus")).to_have_count(1, timeout=PATIENCE)
        tab_to(page, "Сколько: Вода 19 л")
        page.keyboard.type("3")
        tab_to(page, "Принять заказ")
        page.keyboard.press("Enter")
        expect(page.locator("#asked .done")).to_contain_text("принят", timeout=PATIENCE)
        expect(page.locator("#waiting")).to_contain_text("Вода 19 л × 3", timeout=PATIENCE)
        assert look.complaints == []
