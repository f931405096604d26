"""How soon rules have acted on a change, while a thousand changes a second are being committed.

`provodka up` serves as it does for a user, with a hundred rules of which five look at proposals.
A process of its own commits a thousand proposals a second, five in each transaction; every tenth
is large enough for all five rules. This process looks from a connection of its own when the
effects are there to be seen, and compares that with the moment when the commit was confirmed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.deciding import CONDITION, LOOKING, OTHERS, RULES, SCENARIO
from benchmarks.effects import COMPANY
from benchmarks.invoice_latency import PROVODKA, percentile, serving
from benchmarks.lab import ROOT, Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.memory import peak_mb

BAR_MS = 300
SECONDS, PER_SECOND = 20, 1_000
WARM_UP_SECONDS = 1.0
READY_SECONDS, LAST_SECONDS = 120, 60
POLL_SECONDS = 0.02
LEAST_PACE = 0.98
SETTINGS = """\
company: {name: ООО «Замер», inn: "7707083893"}
rules: [%s]
web: null
"""
RULE = """\
  - name: %(name)s
    title: Замер
    when: %(when)s
    if: "%(condition)s"
    do: [%(do)s]
"""
TASK = "{create_task: {subject: Позвонить}}"
ACTIONS = (
    "{notify: {to: responsible, subject: 'КП {{ proposal.number }}', text: Крупное}}",
    TASK,
    "{set_field: {document: deal, field: expected_revenue, value: proposal.amount}}",
    TASK,
    "{notify: {to: head, subject: 'КП {{ proposal.number }}', text: Крупное}}",
)
TOLD = sum("notify" in action for action in ACTIONS)
SEEN = "SELECT id, split_part(key, '|', 3) FROM hub.outbox WHERE id > %s ORDER BY id"
DONE = "SELECT count(*) FROM hub.effect WHERE document = ANY(%s::uuid[])"


def write_rules(folder: Path) -> Path:
    """A hundred rules, of which five act on large proposals; the settings that name them."""
    told = [SCENARIO]
    for number in range(RULES):
        looking = number < LOOKING
        said = {
            "name": f"r{number}",
            "when": "proposal_posted" if looking else OTHERS[number % len(OTHERS)],
            "condition": CONDITION if looking else "deal.amount > 5",
            "do": ACTIONS[number] if looking else TASK,
        }
        told.append(RULE % said)
    rules, settings = folder / "reaction.yaml", folder / "reaction-hub.yaml"
    rules.write_text("".join(told), encoding="utf-8")
    settings.write_text(SETTINGS % rules, encoding="utf-8")
    return settings


@dataclass
class Watch:
    """Looks again and again which effects are visible: proposal → when each of its messages was."""

    connection: psycopg.Connection[Any]
    seen: dict[str, list[float]] = field(default_factory=dict)
    last: int = 0

    def look(self) -> None:
        """Wait for news from the outbox for a moment, and read what is there."""
        for _notice in self.connection.notifies(timeout=POLL_SECONDS, stop_after=1):
            break
        rows = self.connection.execute(SEEN, (self.last,)).fetchall()
        now = time.time()
        for number, proposal in rows:
            self.last = number
            self.seen.setdefault(proposal, []).append(now)

    def until(self, count: int, seconds: float) -> None:
        """Look until so many proposals were acted on. Raises `TimeoutError`."""
        ends = time.monotonic() + seconds
        while len(self.seen) < count:
            if time.monotonic() > ends:
                raise TimeoutError(f"{len(self.seen)} of {count} acted on after {seconds:g} s")
            self.look()


def written(address: str, file: Path, seconds: float) -> subprocess.Popen[bytes]:
    """The process that commits changes for so many seconds."""
    told = (address, str(seconds), str(PER_SECOND), str(file))
    return subprocess.Popen((sys.executable, "-m", "benchmarks.reaction_writer", *told), cwd=ROOT)


def observed(address: str, file: Path) -> tuple[dict[str, Any], Watch]:
    """What the writer committed and when, and when the effects were seen."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("LISTEN hub_outbox")
        watch = Watch(connection)
        written(address, file, WARM_UP_SECONDS).wait()
        watch.until(len(committed(file)["committed"]), READY_SECONDS)
        watch.seen.clear()
        process = written(address, file, SECONDS)
        while process.poll() is None:
            watch.look()
        told = committed(file)
        watch.until(len(told["committed"]), LAST_SECONDS)
        done = connection.execute(DONE, (list(told["committed"]),)).fetchone()
        return told | {"effects": done[0] if done else 0}, watch


def committed(file: Path) -> dict[str, Any]:
    """The writer's figures."""
    figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return figures


def prepared(address: str) -> None:
    """A store with a company in it; the deals need a scenario, and so the rules come first."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(COMPANY)
        connection.execute("ANALYZE")


def run(lab: Lab) -> Measured:
    """Milliseconds, p95; short as well if an effect is missing or the pace was not kept."""
    folder = lab.folder / "reaction"
    folder.mkdir()
    address = lab.store("reaction")
    environment = os.environ | {
        "PROVODKA_CONFIG": str(write_rules(folder)),
        "PROVODKA_HOME": str(folder / "home"),
        "PROVODKA_DATABASE_URL": address,
    }
    subprocess.run((PROVODKA, "init"), env=environment, check=True, capture_output=True)
    prepared(address)
    with serving(environment, folder / "up.log") as hub:
        told, watch = observed(address, folder / "committed.json")
        peak, lane = peak_mb(hub.pid), psutil.Process(hub.pid).cpu_times()
    took = sorted(
        1000 * (at - told["committed"][proposal])
        for proposal, times in watch.seen.items()
        for at in times
    )
    p95 = percentile(took, 0.95)
    complete = len(took) == TOLD * len(told["committed"])
    complete = complete and told["effects"] == LOOKING * len(told["committed"])
    kept = told["per_second"] >= LEAST_PACE * PER_SECOND
    detail = {
        "changes_per_second": round(told["per_second"]),
        "effects": told["effects"],
        "median": round(statistics.median(took)),
        "slowest": round(took[-1]),
        "up_peak_mb": peak,
        "up_processor_seconds": round(lane.user + lane.system, 1),
    }
    return Measured(p95, complete and kept and p95 <= BAR_MS, detail)


benchmark = Benchmark("reaction", "ms, p95", f"≤ {BAR_MS}", run)
