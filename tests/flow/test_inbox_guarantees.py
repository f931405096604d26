"""Nothing is lost and nothing is done twice, whoever dies while the inbox is handled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.inbox_desk import SECRETS, Desk, desk_at

from provodka.connectors.crm_store import inbox
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.inbox.handling import handle_inbox
from provodka.flows.inbox.keeping import tend_inbox
from provodka.foundation.identifiers import uuid7

ENTRIES = "SELECT count(*) FROM crm.form_entry"
DEATH = """
import os, signal, sys
from pathlib import Path
from provodka.connectors.crm_store import inbox
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.inbox.handling import handle_inbox
from tests.flow.inbox_desk import desk_at

settle, left = inbox.settle, int(sys.argv[3])

def die(*given, **told):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    settle(*given, **told)

inbox.settle = die
handle_inbox(desk_at(open_engine(sys.argv[1]), Path(sys.argv[2])).hub)
"""


@pytest.fixture
def desk(store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in SECRETS:
        monkeypatch.setenv(name, "a secret")
    return desk_at(store, tmp_path)


def test_a_processor_that_is_killed_between_the_effect_and_its_end_leaves_everything_to_the_next(
    desk: Desk, store_url: str, tmp_path: Path
) -> None:
    for number in range(3):
        desk.form(name=f"Анна {number}")
    command = [sys.executable, "-c", DEATH, store_url, str(tmp_path), "1"]
    here = Path(__file__).parents[2]
    given = {**os.environ, "PYTHONPATH": str(here)}
    died = subprocess.run(command, check=False, cwd=here, env=given)
    assert died.returncode == -signal.SIGKILL
    assert (desk.states(), desk.one(ENTRIES)) == (["new"] * 3, (0,))
    handle_inbox(desk.hub)
    assert (desk.states(), desk.one(ENTRIES)) == (["done"] * 3, (3,))


def test_two_processors_at_once_make_each_thing_once(desk: Desk, store_url: str) -> None:
    for number in range(60):
        desk.form(name=f"Анна {number}")
    others = [threading.Thread(target=handle_inbox, args=(desk.hub,)) for _one in range(4)]
    for one in others:
        one.start()
    for one in others:
        one.join()
    handle_inbox(desk.hub)
    assert desk.one(ENTRIES) == (60,)
    assert set(desk.states()) == {"done"}


def test_one_that_cannot_be_understood_is_set_aside_with_its_reason_and_the_rest_goes_on(
    desk: Desk,
) -> None:
    desk.form(name="Анна")
    poison = desk.arrive("form", "order", headers={"content-type": "text/html"}, body=b"<html>")
    desk.form(name="Вера")
    assert handle_inbox(desk.hub) == Counter(handled=2, set_aside=1)
    reason = desk.one("SELECT * FROM hub.quarantine")
    assert (reason.stream, reason.external_key, reason.code) == (
        "inbox", str(poison), "unknown_form_type",
    )  # fmt: skip
    assert reason.payload == {"inbox": poison, "door": "form", "system": "order"}
    assert desk.one(ENTRIES) == (2,)


def test_one_that_was_mended_is_taken_and_its_reason_is_healed(desk: Desk) -> None:
    number = desk.arrive("form", "order", headers={"content-type": "text/html"}, body=b"name=A")
    handle_inbox(desk.hub)
    desk.execute('UPDATE hub.inbox SET headers = \'{"content-type": "text/plain"}\'')
    desk.execute('UPDATE hub.inbox SET body = \'{"name": "A"}\'')
    with desk.engine.begin() as connection:
        assert inbox.reopen(connection, system="order") == [number]
    handle_inbox(desk.hub)
    assert desk.one(ENTRIES) == (1,)
    assert desk.one("SELECT state FROM hub.quarantine").state == "healed"


def test_what_comes_for_a_form_that_is_no_longer_described_waits_for_a_person(desk: Desk) -> None:
    desk.arrive("form", "gone", headers={"content-type": "application/json"}, body=b"{}")
    desk.arrive("hook", "gone", body=b"{}")
    assert handle_inbox(desk.hub) == Counter(set_aside=2)
    codes = desk.rows("SELECT code FROM hub.quarantine ORDER BY code")
    assert codes == [("unknown_form",), ("unknown_system",)]


def test_a_mistake_of_ours_does_not_stop_the_others_and_quotes_nothing(desk: Desk) -> None:
    desk.arrive("open", "mail", query={"message": "+79991234567"})
    desk.form(name="Анна")
    assert handle_inbox(desk.hub) == Counter(handled=1, set_aside=1)
    reason = desk.one("SELECT * FROM hub.quarantine")
    assert reason.code == "internal_error"
    assert "79991234567" not in json.dumps([reason.found, reason.place, reason.payload])


def test_a_store_that_goes_away_leaves_everything_to_the_next_time(
    desk: Desk, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.form(name="Анна")
    settle = inbox.settle

    def cut(connection: object, *given: object, **told: object) -> None:
        killer = open_engine(store_url)
        with killer.connect() as other:
            other.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'test' AND datname = current_database()"
            )
        killer.dispose()
        settle(connection, *given, **told)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "settle", cut)
    with pytest.raises(Exception, match=r"terminat|closed|lost"):
        handle_inbox(desk.hub)
    monkeypatch.undo()
    assert (desk.states(), desk.one(ENTRIES)) == (["new"], (0,))
    monkeypatch.setenv("LETTERS", "a secret")
    assert handle_inbox(desk.hub)["handled"] == 1


def test_content_is_erased_in_time_and_a_replay_is_still_known(desk: Desk) -> None:
    desk.form(name="Анна")
    desk.visit()
    old = desk.arrive("form", "order", headers={"content-type": "text/html"}, body=b"<html>")
    desk.execute("UPDATE hub.inbox SET received_at = received_at - interval '20 days'")
    counts = tend_inbox(desk.hub)
    assert counts["erased"] == 2
    rows = desk.rows("SELECT * FROM hub.inbox ORDER BY id")
    assert [(row.door, row.state) for row in rows] == [("form", "done"), ("form", "aside")]
    assert (rows[0].body, rows[0].headers, rows[0].query) == (None, None, None)
    assert rows[0].erased_at is not None
    assert (rows[1].id, bytes(rows[1].body)) == (old, b"<html>")
    with desk.engine.begin() as connection:
        assert inbox.reopen(connection, number=rows[0].id) == []


def test_what_has_not_been_kept_long_enough_stays(desk: Desk) -> None:
    desk.form(name="Анна")
    desk.later(days=-13)
    desk.form(name="Вера")
    assert "erased" not in tend_inbox(desk.hub)
    assert desk.one("SELECT count(*) FROM hub.inbox WHERE body IS NOT NULL") == (2,)


def test_fingerprints_go_after_a_year(desk: Desk) -> None:
    desk.form(name="Анна")
    handle_inbox(desk.hub)
    with desk.engine.begin() as connection:
        inbox.erase(connection, desk.now + timedelta(days=400))
    assert desk.rows("SELECT 1 FROM hub.inbox") == []


def test_a_call_of_a_program_that_makes_no_sense_is_set_aside(desk: Desk) -> None:
    deal = "0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01"
    nonsense = {
        b'{"process": "send_samples"}': "bad_call",
        b'{"process": "send_samples", "deal": "x"}': "bad_call",
        b"<html>": "bad_call",
        b'{"process": ' + b"[" * 20_000: "bad_call",
        f'{{"process": "nothing", "deal": "{deal}"}}'.encode(): "unknown_process",
    }
    for body in nonsense:
        desk.arrive("hook", "warehouse", body=body)
    assert handle_inbox(desk.hub) == Counter(set_aside=len(nonsense))
    codes = desk.rows("SELECT code FROM hub.quarantine ORDER BY external_key::int")
    assert [code for (code,) in codes] == list(nonsense.values())


def test_a_program_starts_a_process_of_the_rules_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provodka.flows.inbox.signals.processes", lambda _book: ["send_samples"])
    client = desk.insert("client", name="Ландыш")
    deal = desk.insert("deal", title="Вода", client_id=client, kind="unstaged")
    told = {"process": "send_samples", "deal": str(deal)}
    number = desk.arrive("hook", "warehouse", body=json.dumps(told).encode())
    desk.arrive("hook", "warehouse", body=json.dumps({**told, "deal": str(uuid7())}).encode())
    handle_inbox(desk.hub)
    with desk.engine.begin() as connection:
        inbox.reopen(connection, number=number)
    handle_inbox(desk.hub)
    signal_ = desk.one("SELECT * FROM crm.signal")
    assert (signal_.name, signal_.of, signal_.about, signal_.client_id) == (
        "manual", "send_samples", deal, client,
    )  # fmt: skip
    assert desk.states() == ["done", "aside"]
