"""How soon an invoice that somebody commits into the store is in the base of 1C.

The sandbox company and `provodka up` run as they do for a user, each in processes of its own.
Invoices are inserted with plain SQL from this process, one after another at an uneven pace; the
sandbox's ledger says when each was created there.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.memory import peak_mb
from provodka.flows.sandbox_process import running_sandbox, write_settings

BAR = 2.0
TIMES = 100
WARM_UP = 5
READY_SECONDS = 240
ARRIVAL_SECONDS = 60
POLL_SECONDS = 0.05
STRIDE = 0.137
LONGEST_PAUSE = 0.5
INVOICES = "Document_СчетНаОплатуПокупателю"
PROVODKA = str(Path(sys.executable).with_name("provodka"))

INSERT = """
    WITH placed AS (
        INSERT INTO crm.invoice (client_id, organization_id, contract_id, amount)
        SELECT client_id, organization_id, id, 12200 FROM crm.contract
        WHERE kind = 'with_buyer' AND organization_id IS NOT NULL AND NOT archived
        ORDER BY id OFFSET %s %% (
            SELECT count(*) FROM crm.contract
            WHERE kind = 'with_buyer' AND organization_id IS NOT NULL AND NOT archived
        ) LIMIT 1
        RETURNING id, number
    ), line AS (
        INSERT INTO crm.invoice_lines (
            invoice_id, line, product_id, content, quantity, price, amount, vat_rate, vat_amount
        )
        SELECT placed.id, 1, (SELECT id FROM crm.product ORDER BY id LIMIT 1), 'Чай', 2, 6100,
               12200, 'vat22', 2200
        FROM placed
    )
    SELECT number FROM placed
"""


class Ledger:
    """The sandbox's own record of what was written into its base."""

    def __init__(self, control: str) -> None:
        self._address = control.rstrip("/") + "/ledger"
        self._seen = 0
        self.created: dict[str, datetime] = {}
        self.posted: dict[str, datetime] = {}

    def read(self) -> None:
        """Take in what has been written since the last reading."""
        query = {"set": INVOICES, "since": str(self._seen)}
        answer = httpx.get(self._address, params=query, timeout=30).json()
        for entry in answer["entries"]:
            self._seen = entry["id"]
            at = datetime.fromisoformat(entry["at"])
            self.created.setdefault(entry["number"], at)
            if entry["posted"]:
                self.posted.setdefault(entry["number"], at)

    def wait_for(self, number: str, seconds: float) -> None:
        """Return when the invoice is there. Raises `TimeoutError`."""
        ends = time.monotonic() + seconds
        while number not in self.posted:
            if time.monotonic() > ends:
                raise TimeoutError(f"invoice {number} is not in 1C after {seconds:g} s")
            time.sleep(POLL_SECONDS)
            self.read()


@contextmanager
def serving(environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`provodka up` for the block; its output goes to `log`."""
    with log.open("wb") as output:
        hub = subprocess.Popen((PROVODKA, "up"), env=environment, stdout=output, stderr=output)
        try:
            yield hub
        finally:
            hub.terminate()
            try:
                hub.wait(30)
            except subprocess.TimeoutExpired:
                hub.kill()
                hub.wait()


def place(connection: psycopg.Connection[Any], turn: int) -> tuple[str, datetime]:
    """Commit one invoice; its number and the moment when the commit had been confirmed."""
    row = connection.execute(INSERT, (turn,)).fetchone()
    connection.commit()
    assert row is not None, "the store has no contract to invoice"
    return str(row[0]), datetime.now(UTC)


def measured_latencies(store: str, ledger: Ledger) -> dict[str, datetime]:
    """Place the invoices one by one, each after the last has arrived: number → commit."""
    placed: dict[str, datetime] = {}
    with psycopg.connect(store) as connection:
        warm, _ = place(connection, 0)
        ledger.wait_for(warm, READY_SECONDS)
        for turn in range(1, WARM_UP + TIMES):
            number, at = place(connection, turn)
            ledger.wait_for(number, ARRIVAL_SECONDS)
            if turn >= WARM_UP:
                placed[number] = at
            time.sleep(turn * STRIDE % LONGEST_PAUSE)
    return placed


def seconds(placed: Mapping[str, datetime], arrived: Mapping[str, datetime]) -> list[float]:
    """Latencies in rising order."""
    return sorted((arrived[number] - at).total_seconds() for number, at in placed.items())


def percentile(values: list[float], share: float) -> float:
    """The smallest of the (rising) values that at least `share` of them do not exceed."""
    return values[max(0, -(-int(len(values) * share * 100) // 100) - 1)]


def run(lab: Lab) -> Measured:
    """Start the company and the hub, place a hundred invoices, compare the clocks."""
    folder = lab.folder / "latency"
    with running_sandbox(folder / "sandbox", "--timezone", "Asia/Yekaterinburg") as sandbox:
        store = lab.store("latency")
        environment = os.environ | {
            "PROVODKA_CONFIG": str(write_settings(folder, sandbox)),
            "PROVODKA_HOME": str(folder / "home"),
            "PROVODKA_DATABASE_URL": store,
        }
        for command in ("init",), ("sync", "catalogs"):
            subprocess.run((PROVODKA, *command), env=environment, check=True, capture_output=True)
        ledger = Ledger(str(sandbox["control_url"]))
        with serving(environment, folder / "up.log") as hub:
            placed = measured_latencies(store, ledger)
            peak = peak_mb(hub.pid)
    created, posted = seconds(placed, ledger.created), seconds(placed, ledger.posted)
    p95 = percentile(created, 0.95)
    detail = {
        "invoices": len(created),
        "median": round(statistics.median(created), 3),
        "slowest": round(created[-1], 3),
        "posted_p95": round(percentile(posted, 0.95), 3),
        "up_peak_mb": peak,
    }
    return Measured(p95, p95 <= BAR, detail)


benchmark = Benchmark("invoice_latency", "s, p95", f"≤ {BAR:g}", run)
