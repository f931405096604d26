"""The door as a process: told by its settings, open until asked to stop, quiet about people."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.contract.web.conftest import SECRETS, TELEPHONY, WEB
from tests.contract.web.serving import COMPANY
from typer.testing import CliRunner

from provodka.flows.cli.app import app


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def process(folder: Path, url: str, **web: object) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """`provodka web` with these settings; its log."""
    told: dict[str, Any] = {**COMPANY, "telephony": TELEPHONY, "web": {**WEB, **web}}
    (folder / "hub.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    log = folder / "web.log"
    given = {**os.environ, **SECRETS, "PROVODKA_DATABASE_URL": url}
    command = [str(Path(sys.executable).with_name("provodka")), "web"]
    with log.open("w") as errors:
        one = subprocess.Popen(
            command, cwd=folder, env=given, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            yield one, log
        finally:
            one.kill()
            one.wait()
            assert one.stdout
            one.stdout.close()


def test_it_serves_tells_where_stops_when_asked_and_logs_nobody(
    tmp_path: Path, shared_url: str
) -> None:
    port = free_port()
    with process(tmp_path, shared_url, port=port, access_log=True) as (door, log):
        assert door.stdout
        assert re.search(rf"http://127\.0\.0\.1:{port}", door.stdout.readline())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            said = {"name": "Анна Тихая", "phone": "+79991234567", "email": "anna@shop.example"}
            assert http.post("/forms/order", params=said, data=said).status_code == 200
            assert http.post("/hooks/warehouse", params=said, json=said).status_code == 401
        door.send_signal(signal.SIGTERM)
        assert door.wait(30) == 0
    written = log.read_text()
    assert '"event": "request"' in written
    assert "take_form" in written
    for private in ("Анна", "79991234567", "anna@", "127.0.0.1:", *SECRETS.values()):
        assert private not in written.replace(f'127.0.0.1", "port": {port}', "")


def test_a_port_that_is_taken_is_a_mistake_in_the_settings(
    tmp_path: Path, shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = {**COMPANY, "web": {"port": port}}
        (tmp_path / "hub.yaml").write_text(yaml.safe_dump(told, allow_unicode=True))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PROVODKA_DATABASE_URL", shared_url)
        done = CliRunner().invoke(app, ["web"])
    assert done.exit_code == 2
    assert str(port) in done.stderr


def test_when_the_web_is_switched_off_the_command_says_what_to_write(
    tmp_path: Path, shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hub.yaml").write_text(yaml.safe_dump({**COMPANY, "web": None}, allow_unicode=True))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", shared_url)
    done = CliRunner().invoke(app, ["web"])
    assert done.exit_code == 2
    assert "web" in done.stderr
