"""`provodka calls`: what people see and ask for at the command line."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.calls_desk import calls_store, insert, kept_store
from tests.flow.cli_program import SETTINGS, Run, document, program
from tests.unit.telephony.ami_stand_in import SECRET, StandIn, stand_in

from provodka.connectors.telephony.options import PbxOptions
from provodka.connectors.telephony.source import LiveCall
from provodka.flows.calls.live import keep_live

__all__ = ["calls_store", "kept_store"]

NOW = datetime.now(UTC)
TALK = b"ID3 a talk that never was"


@pytest.fixture
def run(calls_store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    address = calls_store.url.render_as_string(hide_password=False)
    return program(address, tmp_path, monkeypatch)


@pytest.fixture
def pbx(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("AMI_PASSWORD", SECRET)
    with stand_in() as server:
        ami = (
            f"ami: {{host: 127.0.0.1, port: {server.port}, login: hub, password_env: AMI_PASSWORD}}"
        )
        told = SETTINGS.replace("internal_lengths: [3]", f"internal_lengths: [3], {ami}")
        (tmp_path / "hub.yaml").write_text(told, encoding="utf-8")
        yield server


@pytest.mark.requirement("R67")
def test_the_card_shows_whoever_has_the_number(run: Run, calls_store: Engine) -> None:
    client = insert(calls_store, "client", name="ООО Ромашка", phone="+79990000001")
    insert(calls_store, "deal", title="Вода на лето", client_id=client, kind="unstaged")
    shown = run("calls", "card", "8 999 000-00-01").stdout
    assert "ООО Ромашка" in shown
    assert "Вода на лето" in shown
    [found] = document(run("--json", "calls", "card", "+79990000001"))["clients"]
    assert found["id"] == str(client)


def test_a_number_that_nobody_has_is_told(run: Run, calls_store: Engine) -> None:
    done = run("calls", "card", "89990000002")
    assert (done.exit_code, "+79990000002" in done.stdout) == (0, True)


def test_calls_that_go_on_are_listed(run: Run, calls_store: Engine) -> None:
    call = LiveCall(
        source_call_key="1.1", state="ringing", direction="in", client_number="89990000001",
        extension="101", at=NOW,
    )  # fmt: skip
    with calls_store.begin() as connection:
        keep_live(connection, PbxOptions(name="office"), [call])
    shown = run("calls", "now").stdout
    assert "+79990000001" in shown
    assert "101" in shown


@pytest.mark.requirement("R66")
def test_a_call_is_placed_at_once(run: Run, pbx: StandIn, calls_store: Engine) -> None:
    insert(calls_store, "employee", name="Котов Кот", extension="101")
    client = insert(calls_store, "client", name="ООО Ромашка", phone="+79990000001")
    done = run("calls", "dial", "--employee", "котов", "--client", str(client))
    assert done.exit_code == 0, done.stderr
    [asked] = [one for one in pbx.heard if one["Action"] == "Originate"]
    assert (asked["Channel"], asked["Exten"]) == ("PJSIP/101", "89990000001")


def test_what_the_pbx_refuses_is_told_with_the_next_step(
    run: Run, pbx: StandIn, calls_store: Engine
) -> None:
    pbx.answers["Originate"] = (
        b"Response: Error\r\nActionID: %s\r\nMessage: No such extension\r\n\r\n"
    )
    insert(calls_store, "employee", name="Котов Кот", extension="101")
    done = run("calls", "dial", "--employee", "101", "--number", "89990000001")
    assert done.exit_code == 1
    assert "No such extension" in done.stderr
    assert "manager.conf" in done.stderr


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("--employee", "Котов", "--number", "89990000001"), "несколько"),
        (("--employee", "103", "--number", "89990000001"), "внутренн"),
        (("--employee", "101",), "кому звонить"),
        (("--employee", "101", "--client", "7707083893"), "7707083893»"),
    ],
    ids=["two of the name", "nobody", "nobody to call", "no such client"],
)  # fmt: skip
def test_what_is_not_clear_is_told_and_nobody_is_called(
    run: Run, pbx: StandIn, calls_store: Engine, line: tuple[str, ...], told: str
) -> None:
    for name, extension in (("Котов Кот", "101"), ("Котова Кошка", "102")):
        insert(calls_store, "employee", name=name, extension=extension)
    done = run("calls", "dial", *line)
    assert done.exit_code != 0
    assert told in done.stderr
    assert pbx.heard == []


def test_without_a_manager_interface_the_missing_setting_is_named(
    run: Run, calls_store: Engine
) -> None:
    insert(calls_store, "employee", name="Котов Кот", extension="101")
    done = run("calls", "dial", "--employee", "101", "--number", "89990000001")
    assert (done.exit_code, "ami" in done.stderr) == (2, True)


@pytest.fixture
def shelf() -> Iterator[str]:
    """A server that gives one recording out."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there = self.path == "/talk.mp3?token=1"
            self.send_response(200 if there else 404)
            self.send_header("Content-Length", str(len(TALK) if there else 0))
            self.end_headers()
            self.wfile.write(TALK if there else b"")

        def log_message(self, *_said: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def recorded(store: Engine, **values: object) -> str:
    usual = {"source": "office", "call_key": "1.1", "started_at": NOW}
    return str(insert(store, "call", **usual, **values))


@pytest.mark.requirement("R66")
def test_a_recording_is_fetched_when_it_is_asked_for(
    run: Run, calls_store: Engine, shelf: str, tmp_path: Path
) -> None:
    until = NOW + timedelta(hours=1)
    call = recorded(calls_store, recording=f"{shelf}/talk.mp3?token=1", recording_until=until)
    assert shelf in run("calls", "recording", call).stdout
    target = tmp_path / "talk.mp3"
    assert run("calls", "recording", call, "--to", str(target)).exit_code == 0
    assert target.read_bytes() == TALK


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "записи нет"),
        ({"recording": "https://x.example/r", "recording_until": NOW - timedelta(1)}, "истек"),
        ({"recording": "2026/03/02/talk.mp3"}, "ссылки не дает"),
    ],
    ids=["none", "expired", "a name on the PBX"],
)
def test_a_recording_that_cannot_be_had_says_why(
    run: Run, calls_store: Engine, values: dict[str, object], told: str
) -> None:
    done = run("calls", "recording", recorded(calls_store, **values))
    assert done.exit_code != 0
    assert told in done.stderr


def test_a_recording_that_is_gone_leaves_no_file(
    run: Run, calls_store: Engine, shelf: str, tmp_path: Path
) -> None:
    call = recorded(calls_store, recording=f"{shelf}/other.mp3")
    done = run("calls", "recording", call, "--to", str(tmp_path / "talk.mp3"))
    assert done.exit_code != 0
    assert not (tmp_path / "talk.mp3").exists()
