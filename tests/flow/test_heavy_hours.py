"""Whole sets are read at the hours that the base's people have named; the rest goes on always."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from tests.e2e.company import run
from tests.e2e.neighbours import CLIENTS, Neighbours

from provodka.flows.hub import Hub, open_hub
from provodka.flows.settings import Environment

DAY, NIGHT = datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2026, 11, 23, 17, tzinfo=UTC)
"""Noon and ten in the evening by the base's clock, which stands in Yekaterinburg."""


@pytest.fixture
def hub(environment: Environment, patience: None) -> Iterator[Hub]:
    config = environment.config
    hours = '  heavy_hours: ["20:00-07:00"]\n'
    config.write_text(config.read_text("utf-8").replace("onec:\n", "onec:\n" + hours), "utf-8")
    with open_hub(environment) as opened:
        yield opened


def at(hub: Hub, moment: datetime) -> Hub:
    return replace(hub, clock=lambda: moment)


def clients(hub: Hub) -> int:
    with hub.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM crm.client")).scalar_one())


@pytest.mark.requirement("R114")
def test_a_first_load_waits_for_its_hours_and_says_so(hub: Hub) -> None:
    counts = run(at(hub, DAY), "catalogs")
    assert (counts["postponed"], counts["read"], clients(hub)) == (4, 0, 0)
    counts = run(at(hub, NIGHT), "catalogs")
    assert (counts["postponed"], clients(hub)) == (0, 40)


@pytest.mark.requirement("R114")
def test_what_has_been_read_once_is_followed_at_any_hour(hub: Hub, sandbox: Neighbours) -> None:
    run(at(hub, NIGHT), "catalogs")
    [row, *_others] = sandbox.rows(CLIENTS, "IsFolder eq false")
    sandbox.patch(CLIENTS, row["Ref_Key"], Description="Переименован днем")
    noon = DAY.replace(day=25)
    counts = run(at(hub, noon), "catalogs")
    assert (counts["changed"], counts["postponed"]) == (1, 0)
