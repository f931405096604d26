"""Calls that the sandbox's exchange says it made are the calls that its log reduces to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.contract.telephony.sandbox_process import SandboxProcess, running_sandbox

from provodka.connectors.telephony.asterisk_csv import CdrPosition, read_page
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.reducer import Call, reduce_call

ZONE = ZoneInfo("Asia/Yekaterinburg")
EXPECTED = {
    "incoming": ("in", "answered"),
    "missed": ("in", "missed"),
    "abandoned": ("in", "abandoned"),
    "group": ("in", "answered"),
    "transfer": ("in", "answered"),
    "outgoing": ("out", "answered"),
    "busy": ("out", "busy"),
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("sandbox")
    with running_sandbox(state, "--timezone", str(ZONE)) as running:
        yield running


class Reader:
    """Reads on from a stored position and reduces again whatever has new legs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position: CdrPosition | None = None
        self.legs: dict[str, list[Leg]] = defaultdict(list)
        self.keys: list[tuple[str, str, str]] = []

    def catch_up(self) -> dict[str, Call]:
        while not (page := read_page(self.path, self.position, zone=ZONE, max_rows=2)).empty:
            assert page.bad == []
            self.position = page.position
            for leg in page.legs:
                self.legs[leg.linkedid].append(leg)
                self.keys.append(leg.key)
        return {key: reduce_call(legs) for key, legs in self.legs.items()}


def told(call: Call) -> tuple[str, str, str, datetime, int]:
    """What both sides can say about a call."""
    return call.direction, call.outcome, call.client_number, call.started_at, call.talk_seconds


def made(truth: dict[str, Any]) -> tuple[str, str, str, datetime, int]:
    """The same of what the exchange says that it made."""
    kind, talk = truth["kind"], truth["talk"]
    talked = {"transfer": min(10, talk) + talk, "missed": 0, "abandoned": 0, "busy": 0}
    return (
        *EXPECTED[kind],
        f"+{truth['phone']}",
        datetime.fromisoformat(truth["start"]),
        talked.get(kind, talk),
    )


@pytest.mark.requirement("R66")
def test_every_kind_of_call_is_understood_as_it_happened(sandbox: SandboxProcess) -> None:
    reader = Reader(Path(sandbox.about["cdr_path"]))
    happened = {}
    for kind in EXPECTED:
        truth = sandbox.order("call", kind=kind, phone="79009990001", extension="102")
        happened[truth["linkedid"]] = truth
    calls = reader.catch_up()
    assert {key: told(calls[key]) for key in happened} == {
        key: made(truth) for key, truth in happened.items()
    }
    answered = {"incoming": "102", "group": "102", "transfer": "102"}
    for key, truth in happened.items():
        assert calls[key].answered_by == answered.get(truth["kind"], "")


def test_half_lines_rotations_and_restarts_of_the_exchange_lose_and_double_nothing(
    sandbox: SandboxProcess,
) -> None:
    reader = Reader(Path(sandbox.about["cdr_path"]))
    happened = {}
    for number in range(12):
        truth = sandbox.order("call", phone=f"7900999{number:04}", half=number % 3 == 0)
        happened[truth["linkedid"]] = truth
        if number % 2:
            reader.catch_up()
        if number % 5 == 4:
            sandbox.order("pbx/rotate")
        if number == 7:
            sandbox.order("pbx/restart")
    sandbox.order("pbx/finish-line")
    calls = reader.catch_up()
    assert len(reader.keys) == len(set(reader.keys))
    assert {key: told(calls[key]) for key in happened} == {
        key: made(truth) for key, truth in happened.items()
    }
