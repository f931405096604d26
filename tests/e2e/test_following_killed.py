"""Kill -9 while the hub follows an exchange plan: nothing is lost, nothing is done twice."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.e2e.company import found, run, settle
from tests.e2e.life import Life, violations
from tests.e2e.neighbours import Neighbours
from tests.e2e.worker import Worker

from provodka.flows.hub import open_hub
from provodka.flows.settings import Environment

KILLS = 16
SEED = 20261122
PATIENCE = 60.0
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop_after", "path": "NotifyChangesReceived"},
    {"kind": "drop_before", "path": "SelectChanges", "method": "POST"},
    {"kind": "half_page", "path": "SelectChanges", "method": "POST"},
    {"kind": "unavailable503", "path": "NotifyChangesReceived", "method": "POST"},
)
END = text("SELECT count(*) FROM hub.delta")


@pytest.fixture
def environment(environment: Environment, sandbox: Neighbours) -> Environment:
    """The base has a node for the hub; what was sent before a death gets a moment to land."""
    sandbox.control.post("exchange/nodes", json={"code": "PROVODKA"}).raise_for_status()
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


@pytest.mark.timeout(180)
@pytest.mark.requirement("R27", "R28", "R29")
def test_a_hub_that_dies_again_and_again_while_it_follows_the_plan_ends_where_the_base_is(
    life: Life, environment: Environment, tmp_path: Path
) -> None:
    worker = Worker(environment, tmp_path / "complaints.jsonl")
    for number in range(KILLS):
        life.day(number)
        life.sandbox.fault(**FAULTS[number % len(FAULTS)])
        worker.start()
        time.sleep(life.mood.uniform(0.2, 1.2))
        worker.kill()
    life.sandbox.mend()
    life.finish()
    worker.start()
    give_up = time.monotonic() + PATIENCE
    while (life.account() or life.unfinished()) and time.monotonic() < give_up:
        life.company.hurry()
        time.sleep(0.2)
    worker.kill()
    assert worker.complaints() == []
    assert quiet(environment) == 0
    assert violations(life) == []
    [node] = [
        one
        for one in life.sandbox.control.get("exchange").json()["nodes"]
        if one["code"] == "PROVODKA"
    ]
    assert node["waiting"] == 0
    assert node["received_no"] > 0


def quiet(environment: Environment) -> int:
    """How many changes a last run of everything makes after another: none, when all is done."""
    with open_hub(environment) as hub:
        for _time in range(2):
            run(hub, "accounting", "catalogs")
            settle(hub)
        with hub.engine.connect() as connection:
            before = connection.execute(END).scalar_one()
        run(hub, "accounting", "catalogs")
        settle(hub)
        with hub.engine.connect() as connection:
            return int(connection.execute(END).scalar_one() - before)
