"""The frame of the pages: who is let in, whose form is heeded, what is asked for once."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store import requests
from provodka.dashboards.web.house import House
from provodka.dashboards.web.pages.vendored import FOLDER, asset, asset_url
from provodka.dashboards.web.people.roles import Role


@pytest.fixture
def reader(store: Engine) -> Iterator[Reader]:
    """The pages of an empty store."""
    with open_house(House(store)) as opened:
        yield opened


def test_whoever_has_not_signed_in_is_sent_to_sign_in_and_comes_back(reader: Reader) -> None:
    answer = reader.get("/requests/" + str(uuid4()) + "?a=b", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2Frequests%2F")
    assert answer.headers["location"].endswith("%3Fa%3Db")


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(reader: Reader) -> None:
    answer = reader.part(f"/requests/{uuid4()}")
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in"


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.ENGINEER, "/overview"),
        (Role.ACCOUNTANT, "/invoices"),
        (Role.DISPATCHER, "/dispatcher"),
        (Role.COURIER, "/courier"),
    ],
)
def test_everybody_begins_at_their_own_page(
    reader: Reader, store: Engine, role: Role, path: str
) -> None:
    answer = read_as(reader, store, role).get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, path)


def test_a_report_before_the_first_work_of_the_hub_says_when_there_will_be_numbers(
    reader: Reader, store: Engine
) -> None:
    page = read_as(reader, store, Role.HEAD).get("/reports/funnel").text
    assert "Отчет еще не построен" in page
    assert "как только хаб прочитает сделки" in page
    assert "alert-danger" not in page


def test_another_persons_request_is_as_good_as_none(reader: Reader, store: Engine) -> None:
    read_as(reader, store, Role.ENGINEER)
    number = _ask(store, reader)
    assert reader.part(f"/requests/{number}").status_code == 200
    read_as(reader, store, Role.ENGINEER)
    answer = reader.get(f"/requests/{number}")
    assert answer.status_code == 404
    assert "Нет такой страницы" in answer.text


def test_a_request_asks_on_until_it_is_settled_and_then_says_so(
    reader: Reader, store: Engine
) -> None:
    read_as(reader, store, Role.ENGINEER)
    number = _ask(store, reader)
    waiting = reader.part(f"/requests/{number}")
    assert 'hx-trigger="load delay' in waiting.text
    assert "hx-trigger" not in waiting.headers
    with store.begin() as connection:
        now = connection.execute(text("SELECT now()")).scalar_one()
        requests.settle(connection, number, "done", "<b>готово</b>", now)
    done = reader.part(f"/requests/{number}")
    assert done.headers["hx-trigger"] == "settled, granted"
    assert "&lt;b&gt;готово" in done.text
    assert "hx-get" not in done.text


def test_the_reader_chooses_the_language(reader: Reader, store: Engine) -> None:
    read_as(reader, store, Role.ENGINEER)
    missing = f"/requests/{uuid4()}"
    assert '<html lang="ru">' in reader.get(missing).text
    english = reader.get(missing, headers={"Accept-Language": "de,en;q=0.5"}).text
    assert '<html lang="en">' in english
    reader.cookies.set("lang", "ru")
    assert '<html lang="ru">' in reader.get(missing, headers={"Accept-Language": "en"}).text


def test_a_page_allows_no_script_and_no_style_but_our_own_files(
    reader: Reader, store: Engine
) -> None:
    read_as(reader, store, Role.ENGINEER)
    page = reader.get(f"/requests/{uuid4()}")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "style=" not in page.text
    assert "<style" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_assets_come_packed_and_stay_in_the_browser_for_ever(reader: Reader) -> None:
    answer = reader.get(asset_url("htmx.min.js"))
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == (FOLDER / "htmx.min.js").read_bytes()


@pytest.mark.parametrize(
    "name", ["..%2Fapp.py", "%2e%2e%2fapp.py", "....//app.py", "app.py", "nothing.js", "."]
)
def test_nothing_outside_the_folder_of_assets_is_given(reader: Reader, name: str) -> None:
    assert reader.get(f"/assets/0/{name}").status_code == 404


@pytest.mark.parametrize("name", ["../app.py", "/etc/passwd", "", "x/../htmx.min.js"])
def test_a_path_is_not_the_name_of_an_asset(name: str) -> None:
    assert asset(name) is None


def _ask(store: Engine, reader: Reader) -> UUID:
    with store.begin() as connection:
        now = connection.execute(text("SELECT now()")).scalar_one()
        wish = requests.Wish(
            id=uuid4(), person=reader.person, asked_by="Анна Чтец", kind="nothing", asked_at=now
        )
        kept = requests.ask(connection, wish)
        assert kept is not None
        return kept.id
