"""What came over HTTP is handled at once, and people can see and repeat it."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.flow.inbox_desk import SECRETS, Desk, desk_at
from tests.flow.lane_fakes import eventually, running
from typer.testing import CliRunner, Result

from provodka.connectors.crm_store.inbox import CHANNEL
from provodka.flows import lane as lane_module
from provodka.flows import lane_worker
from provodka.flows.cli.app import app
from provodka.flows.inbox.handling import handle_inbox
from provodka.flows.insight.connected import connected
from provodka.flows.lane import Lane
from provodka.flows.settings import HubSettings

LISTENING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name = 'provodka-lane' AND query LIKE 'LISTEN%' AND state = 'idle'"
)


@pytest.fixture
def desk(store: Engine, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in SECRETS:
        monkeypatch.setenv(name, "a secret")
    monkeypatch.setenv("PROVODKA_DATABASE_URL", store_url)
    monkeypatch.chdir(tmp_path)
    return desk_at(store, tmp_path)


def program(*line: str) -> Result:
    return CliRunner().invoke(app, list(line))


def document(*line: str) -> Any:
    return json.loads(program(*line, "--json").stdout)


def test_an_arrival_is_handled_as_soon_as_it_is_told_of(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(lane_worker, "POLL_SECONDS", 60.0)
    with running(Lane(desk.hub, [])):
        assert eventually(lambda: desk.one(LISTENING) == (1,))
        desk.form(name="Анна")
        with desk.engine.begin() as connection:
            connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
        assert eventually(lambda: desk.states() == ["done"])


def test_the_door_brings_events_of_the_site_to_the_rules(desk: Desk) -> None:
    bare = {"company": {"name": "ООО «Ромашка»", "inn": "7707083893"}}
    assert "site" in connected(desk.hub.settings).sources
    assert "site" not in connected(HubSettings.model_validate(bare)).sources
    closed = HubSettings.model_validate({**bare, "web": {}})
    assert "site" not in connected(closed).sources


def test_arrivals_are_listed_without_their_content_and_shown_with_it(desk: Desk) -> None:
    number = desk.form(name="Анна Тихая")
    listed = program("inbox", "list", "--door", "form")
    assert "Анна" not in listed.stdout
    assert "order" in listed.stdout
    shown = program("inbox", "show", str(number)).stdout
    assert "name=%D0%90" in shown
    assert document("inbox", "show", str(number))["system"] == "order"
    assert [row["id"] for row in document("inbox", "list")] == [number]
    assert document("inbox", "list", "--state", "aside") == []


def test_what_was_set_aside_is_repeated_by_command(desk: Desk) -> None:
    number = desk.arrive("form", "order", headers={"content-type": "text/html"}, body=b"{}")
    handle_inbox(desk.hub)
    assert program("inbox", "replay", "--aside").exit_code == 3
    desk.execute('UPDATE hub.inbox SET headers = \'{"content-type": "text/plain"}\'')
    again = program("inbox", "replay", str(number), "--json")
    assert (again.exit_code, json.loads(again.stdout)["replayed"]) == (0, [number])
    assert desk.states() == ["done"]


def test_quarantine_repeats_it_as_well(desk: Desk) -> None:
    desk.arrive("form", "order", headers={"content-type": "text/html"}, body=b"{}")
    handle_inbox(desk.hub)
    desk.execute('UPDATE hub.inbox SET headers = \'{"content-type": "text/plain"}\'')
    assert program("quarantine", "replay", "inbox").exit_code == 0
    assert desk.states() == ["done"]


def test_an_arrival_that_is_not_there_is_told_so(desk: Desk) -> None:
    for what in ("show", "replay"):
        told = program("inbox", what, "7")
        assert told.exit_code == 1
        assert "№7" in told.stderr
    assert program("inbox", "replay").exit_code == 2


def test_status_tells_what_waits_and_what_was_turned_away(desk: Desk) -> None:
    desk.form(name="Анна")
    desk.execute(
        "INSERT INTO hub.inbox_refusal VALUES (current_date, 'hook', 'office',"
        " 'signature_wrong', 7, now())"
    )
    told = document("status")["inbox"]
    assert [(one["system"], one["state"], one["count"]) for one in told["gates"]] == [
        ("order", "new", 1)
    ]
    assert told["refused"][0]["count"] == 7
    shown = program("status").stdout
    assert "подпись неверна" in shown
    assert "ждет обработки" in shown


def test_the_stream_runs_by_its_name(desk: Desk) -> None:
    desk.form(name="Анна")
    assert program("sync", "inbox").exit_code == 0
    assert desk.states() == ["done"]


def test_handling_beside_somebody_who_holds_the_lock_does_nothing_and_waits_for_nobody(
    desk: Desk,
) -> None:
    from provodka.connectors.crm_store import locks

    desk.form(name="Анна")
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with locks.alone(desk.engine, "inbox", wait=True):
            held.set()
            let_go.wait(60)

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(60)
    assert handle_inbox(desk.hub) == {}
    let_go.set()
    other.join()
    assert handle_inbox(desk.hub)["handled"] == 1
