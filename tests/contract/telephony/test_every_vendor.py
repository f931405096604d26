"""What every vendor's source promises, whatever the vendor: seen over real HTTP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stamina
from tests.contract.onec.scripted_server import ScriptedServer, answer
from tests.contract.telephony.vendors import KEY, KINDS, NOW, SECRET, Vendor, opened

from provodka.connectors.telephony.pbx import PBXES
from provodka.connectors.telephony.reducer import Call, reduce_call
from provodka.connectors.telephony.source import CallPage, CallSource, Leg
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    SystemUnavailable,
)

SECRETS = {"key": KEY, "token": KEY, "secret": SECRET, "salt": SECRET}
AT = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
TRUTH = [
    ("in", "answered", "+79990000001", AT, 60),
    ("in", "missed", "+79990000002", AT + timedelta(minutes=10), 0),
    ("out", "answered", "+79990000003", AT + timedelta(minutes=20), 30),
    ("out", "busy", "+79990000004", AT + timedelta(minutes=30), 0),
]
HTML = answer(200, "<!DOCTYPE html><title>Вход</title>", Content_Type="text/html")


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """Repeats at once, and not for long."""
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)


@dataclass
class Cloud:
    """A vendor that answers, and the ways to it that are open."""

    vendor: Vendor
    url: str
    ways: ExitStack

    def source(self, **wrong: str) -> CallSource:
        """A source over the vendor's stand-in."""
        about = self.vendor.options() | {"name": "cloud", "zone": "Asia/Yekaterinburg"}
        pbx = PBXES[about["kind"]]
        options = pbx.options.model_validate(about | {"url": self.url})
        return self.ways.enter_context(closing(pbx.open(options, SECRETS | wrong)))


@pytest.fixture(params=KINDS)
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """Every vendor in turn, with its four calls."""
    vendor = opened(request.param)
    with ScriptedServer([vendor]) as server, ExitStack() as ways:
        yield Cloud(vendor, server.url, ways)


def pages(source: CallSource, position: Any = None, now: datetime = NOW) -> list[CallPage]:
    """All there is, page by page, as a run reads it."""
    found = []
    while True:
        found.append(source.read(position, now=now))
        position = found[-1].position
        if not found[-1].more:
            return found


def calls(found: list[CallPage]) -> list[Call]:
    """The calls of all legs."""
    legs: dict[str, list[Leg]] = defaultdict(list)
    for leg in (leg for page in found for leg in page.legs):
        legs[leg.linkedid].append(leg)
    return sorted(map(reduce_call, legs.values()), key=lambda call: call.started_at)


def cut(whole: bytes) -> bytes:
    """The first half of an answer, after which the connection closes."""
    return whole.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)[:-9]


def told(call: Call) -> tuple[str, str, str, datetime, int]:
    return call.direction, call.outcome, call.client_number, call.started_at, call.talk_seconds


@pytest.mark.requirement("R66", "S-7")
def test_the_same_four_calls_are_understood_alike_whoever_tells_them(cloud: Cloud) -> None:
    found = calls(pages(cloud.source()))
    truth = list(TRUTH)
    if cloud.vendor.options()["kind"] == "mango":
        truth[3] = ("out", "missed", *TRUTH[3][2:])
    assert [told(call) for call in found] == truth
    assert [call.answered_by or call.placed_by for call in found] == ["101", "", "102", "102"]


def test_what_is_read_again_comes_under_the_same_keys(cloud: Cloud) -> None:
    source = cloud.source()
    first = pages(source)
    again = pages(source, first[-1].position, NOW + timedelta(minutes=90))
    keys = {leg.key for page in first for leg in page.legs}
    assert len({key[1] for key in keys}) == 4
    assert {leg.key for page in again for leg in page.legs} == keys
    assert all(len({leg.key for leg in page.legs}) == len(page.legs) for page in first)


def test_a_call_that_is_written_late_is_still_read(cloud: Cloud) -> None:
    late = cloud.vendor.rows.pop() if len(cloud.vendor.rows) > 1 else None
    source = cloud.source()
    first = pages(source)
    if late is not None:
        cloud.vendor.rows.append(late)
    again = pages(source, first[-1].position, NOW + timedelta(minutes=30))
    assert len(calls([*first, *again])) == 4


def test_the_place_of_a_pbx_that_had_this_name_before_is_no_place(cloud: Cloud) -> None:
    log = {"inode": 7, "head": 1, "digest": "a", "offset": 5, "mtime_ns": 1}
    assert len(calls(pages(cloud.source(), log))) == 4


def test_a_wrong_key_is_said_to_be_wrong_with_the_next_step(cloud: Cloud) -> None:
    source = cloud.source(key="x", token="x", secret="x", salt="x")
    with pytest.raises(AccessDenied) as trouble:
        source.read(None, now=NOW)
    assert all((trouble.value.where, trouble.value.found, trouble.value.next_step))
    assert KEY not in str(trouble.value)
    assert SECRET not in str(trouble.value)


def test_a_page_of_html_with_200_is_told_from_calls(cloud: Cloud) -> None:
    cloud.vendor.trouble = [HTML, HTML, HTML]
    with pytest.raises(SystemUnavailable) as trouble:
        cloud.source().read(None, now=NOW)
    assert trouble.value.code == "not_the_pbx"


def test_half_an_answer_is_asked_for_again(cloud: Cloud) -> None:
    cloud.vendor.trouble = [cut]
    assert len(calls(pages(cloud.source()))) == 4


def test_a_vendor_who_asks_to_wait_is_obeyed_or_left_for_later(cloud: Cloud) -> None:
    cloud.vendor.trouble = [answer(429, Retry_After="0")]
    source = cloud.source()
    assert len(calls(pages(source))) == 4
    cloud.vendor.trouble = [answer(429, Retry_After="3600")]
    with pytest.raises(SystemUnavailable) as trouble:
        source.read(None, now=NOW)
    assert trouble.value.code == "pbx_busy"
    assert trouble.value.retry_after == timedelta(hours=1)


def test_a_wrong_address_is_a_mistake_in_the_settings(cloud: Cloud) -> None:
    cloud.vendor.trouble = [answer(404), answer(404)]
    with pytest.raises(ConfigurationError) as trouble:
        cloud.source().read(None, now=NOW)
    assert trouble.value.code == "no_pbx_api"


def test_a_row_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(cloud: Cloud) -> None:
    cloud.vendor.spoil()
    found = pages(cloud.source())
    [bad] = {row for page in found for row in page.bad}
    assert bad.reason
    assert bad.raw
    assert len(calls(found)) == 4
    assert {row for page in pages(cloud.source()) for row in page.bad} == {bad}


def test_a_probe_tells_the_clock_the_newest_call_and_the_telephones(cloud: Cloud) -> None:
    reach = cloud.source().probe(now=NOW)
    assert reach.clock_offset == timedelta(seconds=7)
    assert reach.newest is not None
    assert abs(reach.newest - AT - timedelta(minutes=30)) < timedelta(seconds=5)
    assert reach.extensions == {"101", "102"}
    assert reach.unreadable == 0


def test_a_probe_moves_nothing_and_says_what_reading_would(cloud: Cloud) -> None:
    cloud.vendor.trouble = [answer(401)]
    with pytest.raises(ProvodkaError) as trouble:
        cloud.source().probe(now=NOW)
    assert isinstance(trouble.value, AccessDenied)


def test_numbers_and_secrets_stay_out_of_what_a_leg_shows(cloud: Cloud) -> None:
    shown = repr([page.legs for page in pages(cloud.source())])
    assert "7999000000" not in shown
    assert KEY not in shown
