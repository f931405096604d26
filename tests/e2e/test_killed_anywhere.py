"""Kill -9 in the middle of the golden scenario: everything happens exactly once.

What happened is told by the neighbours' own books: the mail server's and the base's.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.e2e.company import Company, found, run, settle
from tests.e2e.ledgers import Ledgers
from tests.e2e.life import Life, violations
from tests.e2e.neighbours import Neighbours
from tests.e2e.worker import Worker

from provodka.flows.hub import open_hub
from provodka.flows.settings import Environment

KILLS = 50
SEED = int(os.environ.get("KILL_SEED", "20261122"))
PATIENCE = 60.0
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop_after", "method": "POST"},
    {"kind": "drop_before", "method": "POST"},
    {"kind": "smtp_drop_after"},
    {"kind": "smtp_defer"},
    {"kind": "half_page"},
    {"kind": "unavailable503", "method": "POST"},
    {"kind": "html200"},
    {"kind": "error500", "method": "GET"},
    {"kind": "drop_before", "method": "GET"},
    {"kind": "drop_after", "method": "POST", "path": "/Post"},
)
END = text("SELECT count(*) FROM hub.delta")
IN_FLIGHT = "SELECT count(*) FROM hub.outbox WHERE state = 'sending'"

SILENT = "SELECT count(*) FROM hub.worker WHERE state = 'silent'"
WRITING = "SELECT name FROM hub.worker WHERE state = 'working' AND target = 'onec'"


@pytest.fixture
def environment(environment: Environment) -> Environment:
    """As elsewhere, but what was sent before a death gets a moment to land."""
    config = environment.config.read_text(encoding="utf-8")
    patient = config.replace("lost_answer_wait: 0", "lost_answer_wait: 0.4")
    environment.config.write_text(patient, encoding="utf-8")
    return environment


@pytest.fixture
def life(environment: Environment, sandbox: Neighbours, store: Engine) -> Life:
    with open_hub(environment) as hub:
        company = found(hub)
    company.engine = store
    sandbox.fault("latency", count=None, probability=0.3, seconds=0.05)
    return Life(company, sandbox, random.Random(SEED))  # noqa: S311


@pytest.fixture
def ledgers(environment: Environment, sandbox: Neighbours, store: Engine) -> Ledgers:
    with open_hub(environment) as hub:
        company = found(hub)
    company.engine = store
    sandbox.fault("latency", count=None, probability=0.3, seconds=0.05)
    return Ledgers(company, sandbox, random.Random(SEED))  # noqa: S311


@pytest.mark.timeout(180)
@pytest.mark.requirement("R19", "R20", "R22", "R24", "R25", "R27", "R28", "R29")
def test_fifty_deaths_of_the_hub_lose_nothing_and_double_nothing(
    life: Life, environment: Environment, tmp_path: Path
) -> None:
    worker = Worker(environment, tmp_path / "complaints.jsonl")
    in_flight = 0
    for number in range(KILLS):
        life.day(number)
        life.sandbox.fault(**FAULTS[number % len(FAULTS)])
        worker.start()
        time.sleep(life.mood.uniform(0, 0.5))
        if number % 3 == 0:
            until_it_writes(life.company)
        worker.kill()
        in_flight += bool(life.company.value(IN_FLIGHT))
    print(f"seed {SEED}, killed during {dict(worker.killed)}, {in_flight} × with a write under way")  # noqa: T201
    life.sandbox.mend()
    life.finish()
    worker.start()
    give_up = time.monotonic() + PATIENCE
    while (life.account() or life.unfinished()) and time.monotonic() < give_up:
        life.company.hurry()
        time.sleep(0.2)
    worker.kill()
    assert in_flight > KILLS / 10
    assert worker.complaints() == []
    assert quiet(environment) == 0
    assert violations(life) == []


@pytest.mark.timeout(120)
@pytest.mark.requirement("R27", "R29")
def test_two_hubs_at_once_do_everything_once(
    life: Life, environment: Environment, tmp_path: Path
) -> None:
    workers = [Worker(environment, tmp_path / f"complaints-{name}.jsonl") for name in "ab"]
    for worker in workers:
        worker.start()
    for number in range(16):
        life.day(number)
        time.sleep(0.1)
    life.finish()
    give_up = time.monotonic() + PATIENCE
    while (life.account() or life.unfinished()) and time.monotonic() < give_up:
        time.sleep(0.2)
    for worker in workers:
        worker.kill()
    assert [line for worker in workers for line in worker.complaints()] == []
    assert quiet(environment) == 0
    assert violations(life) == []


@pytest.mark.timeout(300)
@pytest.mark.requirement("R27", "R29")
def test_two_hubs_one_of_them_frozen_now_and_then_do_everything_once(
    ledgers: Ledgers, environment: Environment, tmp_path: Path
) -> None:
    """A freeze is longer than a lease: the other hub takes the work over each time."""
    config = environment.config.read_text(encoding="utf-8")
    environment.config.write_text(f"{config}\nstreams: {{worker_lease: 2}}\n", encoding="utf-8")
    workers = [Worker(environment, tmp_path / f"complaints-{name}.jsonl") for name in "ab"]
    for worker in workers:
        worker.start()
    turns = 0
    while turns < 2 or (turns < 10 and not ledgers.company.value(SILENT)):
        turns += 1
        ledgers.enter(6)
        sleeper = at_work(ledgers, workers)
        sleeper.freeze()
        time.sleep(3)
        sleeper.thaw()
    give_up = time.monotonic() + PATIENCE
    while (ledgers.pay() or ledgers.unfinished()) and time.monotonic() < give_up:
        time.sleep(0.2)
    for worker in workers:
        worker.kill()
    assert ledgers.company.value(SILENT) > 0
    assert [line for worker in workers for line in worker.complaints()] == []
    assert ledgers.differences() == []
    assert quiet(environment) == 0


@pytest.mark.timeout(300)
@pytest.mark.requirement("R27", "R29")
def test_deaths_while_invoices_are_entered_on_both_sides_leave_equal_ledgers(
    ledgers: Ledgers, environment: Environment, tmp_path: Path
) -> None:
    die_and_compare(ledgers, environment, tmp_path, kills=12, documents=60)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.requirement("R27", "R29")
def test_two_hundred_deaths_over_two_thousand_documents_leave_equal_ledgers(
    ledgers: Ledgers, environment: Environment, tmp_path: Path
) -> None:
    die_and_compare(ledgers, environment, tmp_path, kills=200, documents=2000)


def at_work(ledgers: Ledgers, workers: list[Worker]) -> Worker:
    """The hub that is writing to 1C at this moment."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        for row in ledgers.company.rows(WRITING):
            for worker in workers:
                if worker.running and row.name.endswith(f":{worker.running.pid}"):
                    return worker
    raise AssertionError("nobody writes to 1C")


def until_it_writes(company: Company) -> None:
    """Wait until a write is under way, or not for long if there is nothing to write."""
    give_up = time.monotonic() + 3
    while not company.value(IN_FLIGHT) and time.monotonic() < give_up:
        time.sleep(0.002)


def die_and_compare(
    ledgers: Ledgers, environment: Environment, folder: Path, *, kills: int, documents: int
) -> None:
    """Half of the documents are to be pushed, half to be pulled, a few more before each death."""
    worker = Worker(environment, folder / "complaints.jsonl")
    in_flight = 0
    for number in range(kills):
        ledgers.enter(documents // kills // 2 or 1)
        worker.start()
        time.sleep(ledgers.mood.uniform(0, 1.0))
        if number % 3 == 0:
            until_it_writes(ledgers.company)
        worker.kill()
        in_flight += bool(ledgers.company.value(IN_FLIGHT))
    rest = documents // 2 - len(ledgers.ours)
    if rest:
        ledgers.enter(rest)
    worker.start()
    give_up = time.monotonic() + PATIENCE + documents / 4
    while (ledgers.pay() or ledgers.unfinished()) and time.monotonic() < give_up:
        time.sleep(0.5)
    worker.kill()
    told = f"{len(ledgers.ours)} pushed, {ledgers.theirs} pulled, {len(ledgers.paid)} paid"
    print(f"seed {SEED}: {told}; {kills} deaths, {in_flight} × with a write under way")  # noqa: T201
    assert in_flight > kills / 20 or kills < KILLS
    assert worker.complaints() == []
    assert ledgers.differences() == []
    assert quiet(environment) == 0


def quiet(environment: Environment) -> int:
    """How many changes a last run of everything makes after another: none, when all is done."""
    with open_hub(environment) as hub:
        for _time in range(2):
            run(hub, "accounting", "calls", "catalogs")
            settle(hub)
            with hub.engine.connect() as connection:
                before = connection.execute(END).scalar_one()
        run(hub, "accounting", "calls", "catalogs")
        settle(hub)
        with hub.engine.connect() as connection:
            return int(connection.execute(END).scalar_one() - before)
