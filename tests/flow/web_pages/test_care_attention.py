"""What waits for a person: seen, decided by a button, carried out once under the person's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.flow.web_pages.care_room import HOSTILE, Care, care_of, fields_of_form, put_aside

from provodka.connectors.crm_store import conflicts
from provodka.dashboards.web.people.roles import Role

SECTIONS = (
    "aside",
    "conflicts",
    "refused",
    "parked",
    "reports",
    "rules",
    "duplicates",
    "letters",
)
PHONE = "+7 912 345-67-89"


@pytest.fixture(scope="module")
def care(server: str, template: str) -> Iterator[Care]:
    """One company for all tests of this file; each makes matters of its own."""
    with care_of(server, template) as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_waits(care: Care) -> None:
    for table in ("quarantine", "conflict", "parked", "outbox", "rule_health", "duplicate"):
        care.execute(f"DELETE FROM hub.{table}")
    care.execute("UPDATE crm.message SET needs_person = false")


def dead(care: Care, target: str = "mail", kind: str = "client", **more: Any) -> int:
    document = more.get("document") or care.client()
    care.execute(
        "INSERT INTO hub.outbox (key, target, operation, kind, document, state, attempts, trouble,"
        " settled_at) VALUES (:key, :target, 'letter.send', :kind, :document, 'dead', 3,"
        " CAST(:trouble AS jsonb), now())",
        key=f"dead:{uuid4()}", target=target, kind=kind, document=document,
        trouble=f'{{"code": "bad_address", "found": "550 {more.get("found", "нет ящика")}",'
        ' "next_step": "исправьте адрес"}',
    )  # fmt: skip
    return int(care.value("SELECT max(id) FROM hub.outbox"))


def state_of(care: Care, errand: int) -> str:
    return str(care.value("SELECT state FROM hub.outbox WHERE id = :id", id=errand))


def test_where_nothing_waits_the_page_says_what_would_be_here(care: Care) -> None:
    care.sit(Role.ENGINEER)
    for section in SECTIONS:
        page = care.reader.get(f"/attention?section={section}")
        assert page.status_code == 200
        assert "empty-note" in page.text


@pytest.mark.parametrize(
    "address",
    [
        "/attention?section=nothing",
        "/attention?section=aside&after=yesterday",
        "/attention?section=aside&after=2026-11-20T00:00:00Z%1Fa",
        "/attention?section=conflicts&after=-1",
        "/attention?section=conflicts&after=99999999999999999999999",
    ],
)
def test_an_address_that_makes_no_sense_is_explained(care: Care, address: str) -> None:
    answer = care.sit(Role.ENGINEER).get(address)
    assert answer.status_code == 422
    assert "Что делать" in answer.text


def test_documents_set_aside_are_filtered_and_none_is_lost_between_pages(care: Care) -> None:
    for number in range(65):
        put_aside(care, f"строка-{number:02}")
    put_aside(care, "другая", stream="onec:client", code="bad_inn")
    care.sit(Role.ENGINEER)
    seen: list[str] = []
    address = "/attention?section=aside&stream=calls:office"
    while address:
        page = care.reader.get(address).text
        seen += [f"строка-{n:02}" for n in range(65) if f"строка-{n:02}</h3>" in page]
        more = page.partition('<p class="more"><a class="btn" href="')[2].partition('"')[0]
        address = more.replace("&amp;", "&")
        assert "другая" not in page
    assert sorted(seen) == [f"строка-{number:02}" for number in range(65)]


def test_the_sides_of_a_dispute_are_written_as_people_write_days_and_sums(care: Care) -> None:
    invoice = care.invoice()
    said: dict[str, Any] = {"stream": "onec:invoice", "kind": "invoice", "document": invoice}
    with care.engine.begin() as connection:
        days = ["2026-11-25", "2026-11-27", "2026-11-30"]
        conflicts.record(connection, **said, field="due_date", sides=days)
        sums = [Decimal("1200"), Decimal("1200.5"), Decimal("23000")]
        conflicts.record(connection, **said, field="amount", sides=sums)
    page = care.sit(Role.ACCOUNTANT).get("/attention?section=conflicts").text
    for written in ("25.11.2026", "27.11.2026", "30.11.2026", "1\u202f200,50", "23\u202f000,00"):
        assert written in page


def test_a_list_read_anew_brings_the_counts_of_all_sections_with_it(care: Care) -> None:
    put_aside(care, "один")
    reader = care.sit(Role.ENGINEER)
    whole, part = reader.get("/attention?section=aside"), reader.part("/attention?section=aside")
    told = [answer.text.partition('<nav id="tabs"')[2] for answer in (whole, part)]
    counts = [re.findall(r'class="count [a-z ]*">(\d+)<', text) for text in told]
    assert counts[0] == counts[1]
    assert int(counts[1][0]) > 0
    assert ['hx-swap-oob="true"' in text for text in told] == [False, True]


def test_what_came_from_outside_is_text_wherever_it_is_shown(care: Care) -> None:
    put_aside(care, HOSTILE, found=HOSTILE, place=HOSTILE, payload={HOSTILE: HOSTILE})
    care.sit(Role.HEAD)
    for address in (
        "/attention?section=aside",
        f"/attention/aside?stream=calls:office&key={HOSTILE.replace('=', '%3D')}",
    ):
        page = care.reader.get(address)
        assert page.status_code == 200
        assert HOSTILE not in page.text
        assert "&lt;script&gt;" in page.text


@pytest.mark.requirement("R118")
def test_personal_data_in_what_came_is_shown_by_role(care: Care) -> None:
    payload = {"Description": "Иванов Иван", "Телефон": PHONE, "ИНН": "7707083893"}
    put_aside(care, "перс", found=f"телефон {PHONE}", payload=payload)
    address = "/attention/aside?stream=calls:office&key=перс"
    engineer = care.sit(Role.ENGINEER).get(address).text
    assert PHONE not in engineer
    assert "Иванов" not in engineer
    assert "7707083893" in engineer
    head = care.sit(Role.HEAD).get(address).text
    assert PHONE in head
    assert "Иванов Иван" in head


def test_whoever_opens_a_document_set_aside_is_noted(care: Care) -> None:
    put_aside(care, "запись")
    care.sit(Role.HEAD).get("/attention/aside?stream=calls:office&key=запись")
    noted = "SELECT count(*) FROM hub.audit WHERE person_id = :person AND what = 'saw'"
    assert care.value(noted, person=care.reader.person) == 1


def test_what_cannot_be_taken_again_has_no_button_and_stays_whoever_asks(care: Care) -> None:
    put_aside(care, "неповторимая")
    reader = care.sit(Role.ENGINEER)
    page = reader.get("/attention?section=aside").text
    assert "неповторимая" in page
    assert "quarantine_retry" not in page
    given = {"stream": "calls:office", "code": "bad_time", "keys": "неповторимая"}
    wish = {"deed": "quarantine_retry", "wish": str(uuid4()), "section": "aside"}
    assert reader.submit("/attention", {**given, **wish}).status_code == 303
    assert care.carry() == {"refused": 1}
    assert care.value("SELECT state FROM hub.quarantine") == "open"


def test_the_same_press_twice_is_one_wish(care: Care) -> None:
    errand = dead(care)
    page = care.sit(Role.ACCOUNTANT).get("/attention?section=refused").text
    form = fields_of_form(page, "errands_retry")
    for _time in range(2):
        answer = care.reader.submit("/attention", form)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/attention?section=refused",
        )
    assert care.carry()["done"] == 1
    assert state_of(care, errand) == "waiting"


def test_a_form_without_its_token_does_nothing(care: Care) -> None:
    errand = dead(care)
    page = care.sit(Role.ENGINEER).get("/attention?section=refused").text
    form = fields_of_form(page, "errands_retry") | {"csrf": "forged"}
    assert care.reader.post("/attention", data=form).status_code == 403
    assert care.carry() == {}
    assert state_of(care, errand) == "dead"


def test_a_refused_letter_is_given_up_with_a_reason_or_not_at_all(care: Care) -> None:
    errand = dead(care)
    page = care.sit(Role.HEAD).get("/attention?section=refused").text
    assert "не сказано, почему" in care.press(page, "errands_drop", why="  ")
    assert state_of(care, errand) == "dead"
    page = care.reader.get("/attention?section=refused").text
    assert care.press(page, "errands_drop", why="позвонили сами") == "снято: 1"
    row = care.rows("SELECT state, result FROM hub.outbox WHERE id = :id", id=errand)[0]
    assert (row.state, row.result) == ("dropped", {"by": "Анна Чтец", "why": "позвонили сами"})


def test_everything_that_a_filter_shows_is_retried_at_once(care: Care) -> None:
    letters, other = [dead(care), dead(care)], dead(care, target="onec")
    page = care.sit(Role.ENGINEER).get("/attention?section=refused&target=mail").text
    assert care.press(page, "errands_retry") == "снова в очереди: 2"
    assert [state_of(care, one) for one in (*letters, other)] == ["waiting", "waiting", "dead"]


def test_addresses_in_what_a_mail_server_said_are_masked_for_an_engineer(care: Care) -> None:
    dead(care, found="no such user ivanov@mail.ru")
    engineer = care.sit(Role.ENGINEER).get("/attention?section=refused").text
    assert "ivanov@mail.ru" not in engineer
    assert "i•••@•••.ru" in engineer
    assert "ivanov@mail.ru" in care.sit(Role.HEAD).get("/attention?section=refused").text


def test_a_wish_of_a_kind_that_is_none_is_explained(care: Care) -> None:
    care.sit(Role.ENGINEER)
    for form in (
        {"deed": "order_take"},
        {"deed": "conflict_resolve", "number": "1; DROP TABLE hub.run"},
        {"deed": "reports_check", "wish": "not-a-key"},
    ):
        assert care.reader.submit("/attention", form).status_code == 422
    assert care.carry() == {}


@pytest.mark.parametrize(
    "address",
    [
        "/attention?section=aside&code=%00",
        "/attention/aside?stream=%00&key=a",
        "/invoices?number=%00",
        "/invoices?client=%00",
        "/rules/why?what=%00",
        "/rules/%00",
        "/audit?login=%00",
    ],
)
def test_a_sign_that_no_store_keeps_is_refused_with_words(care: Care, address: str) -> None:
    answer = care.sit(Role.ENGINEER).get(address)
    assert answer.status_code == 422
    assert "знак с кодом 0" in answer.text
