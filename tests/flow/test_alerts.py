"""Alerts in a living store: a letter for each occurrence, once, through the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.flow.lane_fakes import quiet_hub

from provodka.connectors.crm_store import outbox, runs
from provodka.connectors.crm_store.outbox import Intent
from provodka.flows.alerts.warning import watch
from provodka.flows.hub import Hub
from provodka.flows.settings import Alerts
from provodka.flows.triggers.failing import Failing, enable
from provodka.foundation.errors import Misunderstood
from provodka.foundation.identifiers import uuid7
from provodka.trigger_rules.health import MOST_FAILURES

IT = "it@romashka.example"
ANOTHER = "head@romashka.example"


@pytest.fixture
def hub(store: Engine, tmp_path: Path) -> Hub:
    limits = {"freshness": {"calls": 60}, "outbox_minutes": None}
    return watching(quiet_hub(store, tmp_path), to=(IT,), **limits)


def watching(hub: Hub, **limits: Any) -> Hub:
    settings = hub.settings.model_copy(update={"alerts": Alerts(**limits)})
    return replace(hub, settings=settings)


def later(hub: Hub, **span: float) -> Hub:
    moment = datetime.now(UTC) + timedelta(**span)
    return replace(hub, clock=lambda: moment)


def ran(hub: Hub, flow: str, state: str, **counts: int) -> None:
    with hub.engine.begin() as connection:
        runs.finish(connection, runs.start(connection, flow), state, counts)


def letters(hub: Hub) -> list[tuple[str, str]]:
    """Recipients and subjects of the letters queued, in their order."""
    query = text(
        "SELECT m.recipient, m.subject FROM hub.outbox o JOIN crm.message m ON m.id = o.document"
        " WHERE o.target = 'mail' AND o.key LIKE 'alert:%' ORDER BY o.id"
    )
    with hub.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_stream_that_has_not_ended_well_for_an_hour_is_told_of_once(hub: Hub) -> None:
    ran(hub, "calls", "done")
    ran(hub, "calls", "failed")
    watch(later(hub, minutes=59))
    assert letters(hub) == []
    for minutes in (61, 62, 500):
        watch(later(hub, minutes=minutes))
    [(recipient, subject)] = letters(hub)
    assert recipient == IT
    assert "поток «calls» не завершался удачно 1 ч" in subject


def test_an_alert_that_has_passed_and_come_back_is_told_of_again(hub: Hub) -> None:
    ran(hub, "calls", "done")
    assert watch(later(hub, minutes=61))["begun"] == 1
    ran(hub, "calls", "done")
    assert watch(hub)["over"] == 1
    assert watch(later(hub, minutes=70))["begun"] == 1
    assert len(letters(hub)) == 2


def test_a_share_set_aside_is_told_of_until_a_run_reads_well(hub: Hub) -> None:
    ran(hub, "calls", "set_aside", legs=10, set_aside=3)
    assert watch(hub)["begun"] == 1
    ran(hub, "calls", "done", legs=0)
    assert watch(hub)["over"] == 0
    ran(hub, "calls", "done", legs=5)
    assert watch(hub)["over"] == 1


def test_an_errand_that_nobody_can_deliver_is_told_of(hub: Hub) -> None:
    errand = Intent("k", "onec", "push", "invoice", uuid7())
    with hub.engine.begin() as connection:
        outbox.enqueue(connection, errand)
    watch(later(watching(hub, to=(IT,)), minutes=65))
    [(_recipient, subject)] = letters(hub)
    assert "исходящее в систему «1С» ждет доставки 1 ч" in subject


def test_everything_that_begins_at_once_is_one_letter_for_each_address(hub: Hub) -> None:
    ran(hub, "calls", "set_aside", legs=10, set_aside=3)
    watch(later(watching(hub, to=(IT, ANOTHER), freshness={"calls": 60}), minutes=61))
    told = letters(hub)
    assert [recipient for recipient, _subject in told] == [IT, ANOTHER]
    assert all(subject.endswith("и еще 1") for _recipient, subject in told)


def test_without_the_section_nothing_is_watched(hub: Hub) -> None:
    ran(hub, "calls", "done")
    settings = hub.settings.model_copy(update={"alerts": None})
    assert watch(later(replace(hub, settings=settings), minutes=61)) == {}
    assert letters(hub) == []


def test_a_rule_that_was_switched_off_is_told_of_until_it_is_on_again(hub: Hub) -> None:
    at = datetime.now(UTC)
    with hub.engine.begin() as connection:
        failing = Failing.read(connection, at)
        error = Misunderstood("правило", found="пусто: client.email", code="no_client_email")
        for _time in range(MOST_FAILURES):
            failing.failed("greet", "v1", error)
    assert watch(hub)["begun"] == 1
    assert watch(hub)["begun"] == 0
    [(_recipient, subject)] = letters(hub)
    assert "правило «greet» выключено" in subject
    with hub.engine.begin() as connection:
        enable(connection, "greet")
    assert watch(hub)["over"] == 1
