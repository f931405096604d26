"""The overview: whether everything is in sync, how fresh, what waits, what happened today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.flow.web_pages.care_room import NOW, Care, care_of

from provodka.connectors.crm_store import quarantine
from provodka.dashboards.insight.pulse import doings
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.errors import Misunderstood


@pytest.fixture
def care(server: str, template: str) -> Iterator[Care]:
    """A company that nothing has happened to yet."""
    with care_of(server, template) as opened:
        yield opened


def ran(care: Care, flow: str, state: str, minutes: int, **values: str) -> None:
    at = NOW - timedelta(minutes=minutes)
    care.execute(
        "INSERT INTO hub.run (flow, state, counts, note, started_at, finished_at)"
        " VALUES (:flow, :state, CAST(:counts AS jsonb), :note, :at, :at)",
        flow=flow, state=state, at=at, **{"counts": "{}", "note": "", **values},
    )  # fmt: skip


def test_a_hub_that_has_never_run_says_how_to_start_it(care: Care) -> None:
    page = care.sit(Role.ENGINEER).get("/overview").text
    assert "запустите provodka up" in page
    assert "Здесь будут потоки обмена" in page
    assert "Пока ничего" in page


def test_streams_are_told_late_failed_or_well_by_their_own_pace(care: Care) -> None:
    ran(care, "accounting", "done", minutes=2)
    ran(care, "calls", "done", minutes=30)
    ran(care, "catalogs", "done", minutes=60)
    ran(care, "catalogs", "failed", minutes=1, note="1С не отвечает")
    page = care.sit(Role.ENGINEER).get("/overview").text
    assert "Обмен нарушен" in page
    table = page.split("fresh-title")[-1]
    assert table.index("Справочники из 1С") < table.index("Звонки из журнала АТС")
    assert table.index("Звонки из журнала АТС") < table.index("Счета, оплаты и отгрузки")
    assert "1С не отвечает" in table
    assert table.count("не завершался удачно вовремя") == 1
    assert "1 ч 0 мин" in table


def test_all_well_and_nothing_waiting_is_said_in_one_sentence(care: Care) -> None:
    ran(care, "accounting", "done", minutes=1)
    assert "Все в согласии" in care.sit(Role.HEAD).get("/overview").text


def test_what_waits_is_counted_and_leads_to_where_it_is_decided(care: Care) -> None:
    ran(care, "accounting", "done", minutes=1)
    with care.engine.begin() as connection:
        error = Misunderstood("Товар", found="нет", expected="есть", next_step="исправьте")
        quarantine.set_aside(connection, "onec:product", "1", {}, error)
    page = care.sit(Role.ACCOUNTANT).get("/overview").text
    assert "кое-что ждет решения человека" in page
    assert 'href="/attention?section=aside"><b class="warn">1</b>' in page
    analyst = care.sit(Role.ANALYST).get("/overview").text
    assert '<b class="warn">1</b>' in analyst
    assert "/attention" not in analyst


def test_today_is_counted_by_the_companys_clock_and_yesterday_is_not(care: Care) -> None:
    ran(care, "accounting", "done", minutes=30, counts='{"new": 3, "changed": 2}')
    ran(care, "accounting", "done", minutes=60 * 30, counts='{"new": 50}')
    for hours in (1, 30):
        care.execute(
            "INSERT INTO hub.outbox (key, target, operation, kind, document, state, settled_at)"
            " VALUES (:key, 'onec', 'push', 'invoice', :doc, 'delivered', :at)",
            key=f"push:{hours}", doc=care.client(), at=NOW - timedelta(hours=hours),
        )  # fmt: skip
    with care.engine.connect() as connection:
        told = doings(connection, NOW, care.hub.settings.zone)
    hour = (NOW - timedelta(hours=1)).astimezone(care.hub.settings.zone).hour
    assert told.taken == 5
    assert told.sent == {"onec": {hour: 1}}


def test_letters_and_calls_of_today_are_found_by_their_keys(care: Care) -> None:
    now = care.value("SELECT now()")
    care.insert("message", direction="incoming", status="received", subject="Вопрос")
    care.insert("call", source="office", call_key="1", direction="incoming", outcome="missed",
                started_at=NOW)  # fmt: skip
    with care.engine.connect() as connection:
        told = doings(connection, now, care.hub.settings.zone)
    assert (sum(told.letters.values()), sum(told.calls.values())) == (1, 1)
    with care.engine.connect() as connection:
        later = doings(connection, now + timedelta(days=2), care.hub.settings.zone)
    assert (later.letters, later.calls) == ({}, {})


def test_the_part_that_refreshes_itself_is_a_piece_without_a_frame(care: Care) -> None:
    piece = care.sit(Role.HEAD).part("/overview").text
    assert piece.lstrip().startswith('<div id="now"')
    assert "<html" not in piece
