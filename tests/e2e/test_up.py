"""`provodka up` on an empty folder: what a newcomer starts, tries and stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import psycopg
import pytest
from tests.e2e.serving import RUN, awaited, relatives, serving

INVOICES = "Document_СчетНаОплатуПокупателю"


def ready(folder: Path) -> bool:
    return "Остановить: Ctrl-C" in (folder / "up.log").read_text(encoding="utf-8")


def in_ledger(sandbox: dict[str, Any], number: str) -> bool:
    address = f"{sandbox['control_url']}ledger?set={quote(INVOICES)}"
    with urlopen(address, timeout=10) as answer:  # noqa: S310
        entries = json.loads(answer.read())["entries"]
    return any(entry["number"] == number for entry in entries)


def place(store: str, statement: str) -> str:
    """Run the statement that `up` offers, over a connection of our own; the invoice's number."""
    with psycopg.connect(store) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.requirement("R1")
def test_a_newcomers_invoice_is_in_accounting_at_once_and_nothing_is_left_behind(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, "alone", "0") as hub:
        awaited(lambda: ready(tmp_path), 100)
        home = tmp_path / "home" / "demo"
        sandbox = json.loads((home / "sandbox" / "sandbox.json").read_text(encoding="utf-8"))
        store = f"postgresql://postgres@/postgres?host={home / 'pg'}"
        number = place(store, (home / "invoice.sql").read_text(encoding="utf-8"))
        committed = time.monotonic()
        awaited(lambda: in_ledger(sandbox, number), 20)
        assert time.monotonic() - committed < 5
        hub.send_signal(signal.SIGTERM)
        assert hub.wait(30) == 0
    assert relatives(tmp_path) == []


@pytest.mark.timeout(240)
def test_a_second_hub_is_refused_and_a_killed_one_leaves_the_folder_free(
    tmp_path: Path, store_url: str
) -> None:
    config = tmp_path / "hub.yaml"
    config.write_text('company: {name: ООО «Ромашка», inn: "7707083893"}\n', encoding="utf-8")
    environment = {"PROVODKA_DATABASE_URL": store_url}
    with serving(tmp_path, "alone", "0", environment=environment) as first:
        awaited(lambda: ready(tmp_path), 100)
        with serving_beside(tmp_path, environment) as second:
            said, _nothing = second.communicate(timeout=60)
        assert second.returncode == 1
        assert "уже работает" in said.decode()
        first.kill()
        first.wait()
        (tmp_path / "up.log").write_text("")
        with serving(tmp_path, "alone", "0", environment=environment) as again:
            awaited(lambda: ready(tmp_path), 100)
            again.send_signal(signal.SIGINT)
            assert again.wait(30) == 0


def serving_beside(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Another hub on the same folder; it is not expected to stay."""
    given = os.environ | {"PROVODKA_HOME": str(folder / "home")} | environment
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "alone", "0"],
        cwd=folder,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
