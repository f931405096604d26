"""PBXs of the vendors in a living hub: calls once, troubles apart, a check that tells what ails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina
import yaml
from sqlalchemy import text
from tests.contract.connectors.contract import Stopped, between_commits
from tests.contract.onec.scripted_server import ScriptedServer, answer
from tests.contract.telephony.test_hooks import ENDED
from tests.contract.telephony.vendors import KEY, NOW, SECRET, ZONE, Vendor, opened
from tests.databases import copied

from provodka.connectors.telephony.hooks import HOOKS
from provodka.connectors.telephony.source import Leg
from provodka.flows.calls.pull import keep_legs, pull_calls, pull_every_pbx
from provodka.flows.hub import Hub, open_hub
from provodka.flows.insight.checked import Finding
from provodka.flows.insight.checkup import check_systems
from provodka.flows.settings import Environment
from provodka.foundation.errors import AccessDenied, SystemUnavailable

COMPANY = {"name": "ООО «Ромашка»", "inn": "7707083893", "zone": str(ZONE)}
Open = Callable[..., Hub]


@pytest.fixture(scope="module")
def database(server: str, template: str) -> Iterator[str]:
    """One store for the module; each test begins with no calls in it."""
    with copied(server, template) as url:
        yield url


@pytest.fixture
def open_with(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a hub whose `hub.yaml` names these PBXs, and nothing else."""
    stamina.set_testing(True, attempts=2, cap=True)
    monkeypatch.setenv("PBX_KEY", KEY)
    monkeypatch.setenv("PBX_SECRET", SECRET)
    closers: list[Any] = []

    def open_one(*vendors: Vendor, now: datetime = NOW, **more: Any) -> Hub:
        section = []
        for number, vendor in enumerate(vendors):
            server = ScriptedServer([vendor])
            server.__enter__()
            closers.append(server)
            about = {"name": f"cloud{number}", "zone": str(ZONE), "url": server.url}
            section.append(vendor.options() | about | more)
        config = tmp_path / "hub.yaml"
        config.write_text(
            yaml.safe_dump({"company": COMPANY, "telephony": section}), encoding="utf-8"
        )
        environment = Environment(config=config, home=tmp_path, database_url=database)
        opening = open_hub(environment, clock=lambda: now)
        hub = opening.__enter__()
        closers.append(opening)
        with hub.engine.begin() as connection:
            for table in ("crm.interaction", "crm.call", "crm.employee"):
                connection.execute(text(f"DELETE FROM {table}"))
            for table in ("hub.call_leg", "hub.cursor", "hub.quarantine"):
                connection.execute(text(f"DELETE FROM {table}"))
        return hub

    yield open_one
    for closer in reversed(closers):
        closer.__exit__(None, None, None)
    stamina.set_testing(False)


def stored(hub: Hub, query: str) -> list[Any]:
    with hub.engine.connect() as connection:
        return list(connection.execute(text(query)))


def pull(hub: Hub, now: datetime = NOW) -> Any:
    return pull_every_pbx(hub.engine, hub.settings.telephony, lambda: now)


CALLS = (
    "SELECT direction, outcome, client_number, extension, talk_seconds"
    " FROM crm.call ORDER BY started_at"
)


@pytest.mark.requirement("R66", "S-7")
def test_calls_of_a_cloud_land_in_the_store_once_however_often_they_are_read(
    open_with: Open,
) -> None:
    hub = open_with(opened("uis"))
    assert pull(hub)["calls"] == 4
    assert [tuple(row) for row in stored(hub, CALLS)] == [
        ("incoming", "answered", "+79990000001", "101", 60),
        ("incoming", "missed", "+79990000002", None, 0),
        ("outgoing", "answered", "+79990000003", "102", 30),
        ("outgoing", "busy", "+79990000004", "102", 0),
    ]
    before = stored(hub, "SELECT count(*) FROM hub.delta")
    assert pull(hub, NOW + timedelta(hours=1))["calls"] == 0
    assert stored(hub, "SELECT count(*) FROM hub.delta") == before


def test_a_call_told_by_the_webhook_and_by_the_statistics_is_one_call(open_with: Open) -> None:
    megafon = opened("megafon")
    hub = open_with(megafon)
    [options] = hub.settings.telephony
    make, fields = ENDED["megafon"]
    said = HOOKS["megafon"].read(make(fields), ZONE)
    with hub.engine.begin() as connection:
        assert keep_legs(connection, options, [one for one in said if isinstance(one, Leg)]) == 1
    pull(hub)
    assert len(stored(hub, CALLS)) == 4


def test_a_pbx_that_fails_does_not_keep_the_others_from_being_read(open_with: Open) -> None:
    dead, denied = opened("megafon"), opened("uis")
    dead.trouble = [answer(503)] * 9
    denied.trouble = [answer(401)] * 9
    hub = open_with(dead, denied, opened("mikopbx"))
    with pytest.raises(SystemUnavailable):
        pull(hub)
    assert len(stored(hub, CALLS)) == 4
    assert {row.stream for row in stored(hub, "SELECT stream FROM hub.cursor")} == {"calls:cloud2"}


def test_a_row_that_cannot_be_read_waits_for_a_person_with_its_reason(open_with: Open) -> None:
    megafon = opened("megafon")
    megafon.spoil()
    hub = open_with(megafon)
    assert pull(hub)["set_aside"] == 1
    pull(hub, NOW + timedelta(hours=2))
    [row] = stored(hub, "SELECT * FROM hub.quarantine")
    assert (row.stream, row.code, row.times) == ("calls:cloud0", "bad_cdr_row", 2)
    assert "duration" in row.found
    assert "long" in row.payload["raw"]


def test_stopped_between_any_two_commits_it_goes_on_and_doubles_nothing(open_with: Open) -> None:
    for moment in range(30):
        hub = open_with(opened("mikopbx"), first_days=70)
        with between_commits(hub.engine, moment, _stop) as left, suppress(Stopped):
            pull_calls(hub.engine, hub.settings.telephony[0], lambda: NOW)
        pull(hub)
        assert len(stored(hub, CALLS)) == 4
        assert stored(hub, "SELECT count(*) FROM hub.call_leg") == [(4,)]
        if left[0] >= 0:
            return
    raise AssertionError("the moments do not end")


def _stop() -> None:
    raise Stopped


def findings(hub: Hub) -> dict[str, Finding]:
    """What `provodka check` finds about the PBXs, by code; what is good by its words."""
    return {one.code or one.text: one for one in check_systems(hub)}


@pytest.mark.requirement("R97")
def test_a_check_of_a_healthy_pbx_is_all_good(open_with: Open) -> None:
    hub = open_with(opened("megafon"))
    with hub.engine.begin() as connection:
        for extension in ("101", "102"):
            connection.execute(
                text("INSERT INTO crm.employee (id, name, extension)"
                     " VALUES (gen_random_uuid(), 'Анна', :one)"),
                {"one": extension},
            )  # fmt: skip
    found = findings(hub)
    assert {one.level for one in found.values()} == {"good"}
    assert any("+0:00:07" in told for told in found)
    assert any("31.01.2026 14:30" in told for told in found)
    assert any("внутренние номера известны: 2" in told for told in found)


@pytest.mark.requirement("R97")
def test_a_check_names_telephones_that_belong_to_nobody(open_with: Open) -> None:
    told = findings(open_with(opened("megafon")))["unknown_extensions"]
    assert (told.level, told.text) == ("warning", "внутренние номера без сотрудника: 101, 102")
    assert told.next_step


@pytest.mark.requirement("R97")
def test_a_check_tells_a_wrong_clock_and_calls_that_are_ahead_of_us(open_with: Open) -> None:
    found = findings(open_with(opened("mikopbx"), now=NOW - timedelta(minutes=40)))
    assert "+0:40:07" in found["pbx_clock"].text
    assert "zone" in found["pbx_clock"].next_step
    assert found["calls_ahead"].level == "warning"


@pytest.mark.requirement("R97")
def test_a_check_tells_that_nothing_has_come_for_long(open_with: Open) -> None:
    old = findings(open_with(opened("megafon"), now=NOW + timedelta(days=3)))["stale_calls"]
    assert (old.level, old.text) == ("warning", "последний звонок начался 31.01.2026 14:30")
    none = findings(open_with(opened("megafon"), now=NOW + timedelta(days=30)))["no_calls"]
    assert none.next_step


@pytest.mark.requirement("R97")
@pytest.mark.parametrize(
    ("trouble", "code", "wrong"),
    [
        (answer(401), "pbx_denied", True),
        (answer(404), "no_pbx_api", True),
        (answer(200, "<html>", Content_Type="text/html"), "not_the_pbx", False),
        (answer(429, Retry_After="900"), "pbx_busy", False),
        (answer(422), "pbx_refused", False),
    ],
)
def test_a_check_tells_what_keeps_a_pbx_from_being_read(
    open_with: Open, trouble: bytes, code: str, wrong: bool
) -> None:
    vendor = opened("mikopbx")
    vendor.trouble = [trouble] * 5
    told = findings(open_with(vendor))[code]
    assert (told.level, told.wrong) == ("bad", wrong)
    assert told.next_step


def test_a_check_of_a_report_that_is_not_ready_is_no_alarm(open_with: Open) -> None:
    mango = opened("mango")
    mango.patience = 9  # type: ignore[attr-defined]
    assert {one.level for one in findings(open_with(mango)).values()} == {"good"}


def test_a_denied_key_is_not_the_systems_fault(open_with: Open) -> None:
    uis = opened("uis")
    uis.trouble = [answer(401)]
    with pytest.raises(AccessDenied):
        pull(open_with(uis))
