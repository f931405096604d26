"""The hub's state for its engineer, and who saw and did what for whoever answers for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.flow.web_pages.care_room import HOSTILE, NOW, Care, care_of

from provodka.connectors.crm_store import audit
from provodka.connectors.crm_store.partitions import keep_months
from provodka.dashboards.web.pages.care.spans import span_text
from provodka.dashboards.web.people.roles import Role

SETTINGS = {
    "journal": {"keep_months": 2},
    "mail": {
        "sender": "crm@romashka.example",
        "smtp": {"host": "smtp.romashka.example", "port": 465},
    },
}


@pytest.fixture(scope="module")
def care(server: str, template: str) -> Iterator[Care]:
    """One company for all tests of this file."""
    with care_of(server, template, SETTINGS) as opened:
        yield opened


def test_the_state_names_systems_streams_readers_and_what_is_in_the_way(care: Care) -> None:
    care.execute(
        "INSERT INTO hub.outbox (key, target, operation, kind, document, state, trouble)"
        " VALUES ('k', 'mail', 'letter.send', 'message', gen_random_uuid(), 'waiting',"
        " CAST(:trouble AS jsonb))", trouble='{"found": "сервер не отвечает"}',
    )  # fmt: skip
    care.execute(
        "INSERT INTO hub.run (flow, state, counts, note, started_at, finished_at) VALUES"
        " ('calls', 'failed', '{\"legs\": 21}', :note, :at, :at)", note=HOSTILE, at=NOW,
    )  # fmt: skip
    care.client()
    page = care.sit(Role.ENGINEER).get("/status").text
    assert "smtp.romashka.example:465" in page
    assert "сервер не отвечает" in page
    assert "строк журнала АТС 21" in page
    assert HOSTILE not in page
    assert "таблицы отчетов" in page
    piece = care.reader.part("/status").text
    assert piece.lstrip().startswith('<div id="now"')


def test_a_reader_far_behind_is_not_counted_to_the_end(care: Care) -> None:
    care.execute(
        "INSERT INTO crm.client (name) SELECT 'Клиент ' || n FROM generate_series(1, 10100) n"
    )
    page = care.sit(Role.ENGINEER).get("/status").text
    assert "10 000 или больше" in page


def test_the_state_tells_of_months_that_cannot_leave_the_journal(care: Care) -> None:
    long_ago = "date_trunc('month', now()) - interval '5 months'"
    care.execute(
        "INSERT INTO hub.delta (at, kind, document, part, op, origin)"
        f" SELECT {long_ago}, 'product', gen_random_uuid(), '', 'insert', 'onec'"
    )
    assert "из журнала не уходят" not in care.sit(Role.ENGINEER).get("/status").text
    keep_months(care.engine)
    page = care.reader.get("/status").text
    assert "из журнала не уходят 1 мес." in page
    assert "еще не прочитали" in page


def test_the_state_is_an_engineers_page(care: Care) -> None:
    for role in (Role.HEAD, Role.ACCOUNTANT, Role.ANALYST):
        assert care.sit(role).get("/status").status_code == 403


def test_what_people_saw_and_did_is_listed_latest_first_and_by_person(care: Care) -> None:
    document = care.client()
    care.sit(Role.HEAD).get(f"/documents/client/{document}")
    login = care.value("SELECT login FROM hub.person WHERE id = :id", id=care.reader.person)
    with care.engine.begin() as connection:
        audit.note(connection, None, audit.REFUSED, detail={"from": HOSTILE})
    page = care.reader.get("/audit").text
    assert page.index("не пущен") < page.index("смотрел")
    assert HOSTILE not in page
    mine = care.reader.get(f"/audit?login={login}").text
    assert "не пущен" not in mine
    assert f"/documents/client/{document}" in mine
    about = care.reader.get(f"/audit?document={document}").text
    assert about.count("смотрел") == 1


def test_how_somebody_came_and_what_they_opened_is_told_in_words(care: Care) -> None:
    reader = care.sit(Role.HEAD, Role.DISPATCHER)
    reader.get("/dispatcher")
    with care.engine.begin() as connection:
        told = {"way": "password", "reason": "wrong", "from": "192.0.2.7"}
        audit.note(connection, None, audit.REFUSED, detail=told)
    page = reader.get("/audit").text
    for word in ("по паролю", "пароль не подходит", "192.0.2.7"):
        assert word in page
    assert ">Диспетчер</td>" in page


def test_the_list_of_deeds_goes_on_from_page_to_page(care: Care) -> None:
    care.sit(Role.ENGINEER)
    with care.engine.begin() as connection:
        for number in range(130):
            audit.note(connection, care.reader.person, "did:test", detail={"n": f"№{number:03}"})
    login = care.value("SELECT login FROM hub.person WHERE id = :id", id=care.reader.person)
    page = care.reader.get(f"/audit?login={login}").text
    more = page.partition('<p class="more"><a class="btn" href="')[2].partition('"')[0]
    second = care.reader.get(more.replace("&amp;", "&")).text
    assert "№129" in page
    assert "№030" in page
    assert "№029" in second
    assert "№000" in second


@pytest.mark.parametrize("query", ["document=x", "before=-1", "before=one"])
def test_a_place_that_there_cannot_be_is_explained(care: Care, query: str) -> None:
    assert care.sit(Role.HEAD).get(f"/audit?{query}").status_code == 422


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(seconds=-3), "0 с"),
        (timedelta(seconds=59.9), "59 с"),
        (timedelta(minutes=59, seconds=59), "59 мин"),
        (timedelta(hours=3, minutes=20), "3 ч 20 мин"),
        (timedelta(days=2, hours=4, minutes=59), "2 д 4 ч"),
    ],
)
def test_spans_are_told_in_their_greatest_units(span: timedelta, told: str) -> None:
    assert span_text(span) == told
