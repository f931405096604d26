"""The client as a guest: rests between pages, patience with licences and with a sleeping base."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.contract.onec.opening import QUICK
from tests.contract.onec.scripted_server import ScriptedServer, Seen, Step, answer, rows

from provodka.connectors.onec.doorway import Doorway
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.guest import Manners
from provodka.connectors.onec.odata.hours import Hours
from provodka.connectors.onec.odata.pacing import Pacer
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.connectors.onec.odata.virtual_tables import balance
from provodka.foundation.errors import SystemUnavailable

KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")
NARROW = Query(select=("Ref_Key",))
FULL = rows(*({"Ref_Key": str(number)} for number in range(100)))


class Naps:
    """A clock that moves only by naps, which are noted."""

    def __init__(self) -> None:
        self.now = 0.0
        self.taken: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.now += seconds


@contextmanager
def visiting(
    *script: Step, naps: Naps, manners: Manners | None = None, **settings: object
) -> Iterator[tuple[ODataBase, ScriptedServer]]:
    pacer = Pacer(manners or Manners(share=50), clock=naps.clock, sleep=naps.sleep)
    asked = {"timeout": 2.0, **settings}
    with ScriptedServer(list(script)) as server:
        given = OneCSettings(server.url, "Обмен", "пароль", **asked)  # type: ignore[arg-type]
        with ODataBase(given, retries=QUICK, doorway=Doorway(given, pacer)) as base:
            yield base, server


def test_heavy_reading_rests_between_pages_as_long_as_the_base_worked() -> None:
    naps = Naps()
    with visiting(FULL, rows({"Ref_Key": "99"}), naps=naps) as (base, server):
        assert sum(len(page.rows) for page in base.read_pages("Catalog_A", NARROW)) == 100
    assert len(server.seen) == 2
    assert len(naps.taken) == 1
    assert 0 < naps.taken[0] < 1


def test_what_a_person_waits_for_does_not_rest() -> None:
    naps = Naps()
    found = answer(200, {"Ref_Key": str(KEY)})
    with visiting(found, rows({"Ref_Key": "a"}), naps=naps) as (base, _server):
        base.update("Catalog_A", KEY, {})
        base.get("Catalog_A", KEY)
        list(base.read_pages("Catalog_A", Query(select=("Ref_Key",), top=2)))
        list(base.read_pages("Catalog_A", NARROW, at_once=True))
        assert naps.taken == []
        list(base.read_pages("Catalog_A", NARROW))
    assert len(naps.taken) == 1


def test_a_share_of_a_hundred_percent_asks_page_after_page() -> None:
    naps = Naps()
    last = rows({"Ref_Key": "99"})
    with visiting(FULL, last, naps=naps, manners=Manners(share=100)) as (base, _server):
        list(base.read_pages("Catalog_A", NARROW))
    assert naps.taken == []


@pytest.mark.parametrize("heavy", ["pages", "table"])
def test_heavy_reading_waits_for_a_licence(heavy: str) -> None:
    naps = Naps()
    script = answer(406), answer(406, Retry_After="45"), rows({"Ref_Key": "a"})
    with visiting(*script, naps=naps) as (base, server):
        if heavy == "pages":
            list(base.read_pages("Catalog_A", NARROW))
        else:
            base.read_table(balance("AccumulationRegister_A"))
    assert len(server.seen) == 3
    assert [round(nap) for nap in naps.taken if nap > 1] == [60, 45]


def test_a_licence_that_never_comes_is_named_in_the_end() -> None:
    naps = Naps()
    with (
        visiting(answer(406), naps=naps) as (base, _server),
        pytest.raises(SystemUnavailable) as caught,
    ):
        list(base.read_pages("Catalog_A", NARROW))
    assert caught.value.code == "no_session"
    assert 500 < sum(naps.taken) <= 600


def late(_request: Seen) -> bytes:
    threading.Event().wait(0.3)
    return rows({"Ref_Key": "a"})


def test_the_first_answer_after_a_sleep_is_awaited_longer_than_others() -> None:
    naps = Naps()
    waking = Manners(share=100, idle=300, waking=5)
    with visiting(late, naps=naps, manners=waking, timeout=0.05) as (base, server):
        assert list(base.read_pages("Catalog_A", NARROW))
        with pytest.raises(SystemUnavailable):
            list(base.read_pages("Catalog_A", NARROW))
        naps.now += 300
        assert list(base.read_pages("Catalog_A", NARROW))
    assert len(server.seen) >= 4


def test_the_base_is_read_whole_in_its_own_hours() -> None:
    night = Hours.parse(["20:00-07:00"])
    with visiting(FULL, naps=Naps(), heavy_hours=night) as (base, _server):
        assert base.wait_for_hours(datetime(2026, 11, 22, 18, tzinfo=UTC)) == timedelta(0)
        assert base.wait_for_hours(datetime(2026, 11, 22, 9, tzinfo=UTC)) == timedelta(hours=8)


def test_a_page_that_moved_is_asked_for_again_from_further_back() -> None:
    everything = [{"Ref_Key": f"k{number:03}"} for number in range(250)]

    def play(request: Seen) -> bytes:
        said = dict(re.findall(r"\$(top|skip)=(\d+)", request.target))
        skip, top = int(said.get("skip", 0)), int(said["top"])
        found = everything[skip : skip + top]
        if skip == 0:
            del everything[10:20]
        return answer(200, json.dumps({"value": found}))

    with visiting(play, naps=Naps(), page_bytes=2_000) as (base, _server):
        pages = list(base.read_pages("Catalog_A", NARROW))
    given = [row["Ref_Key"] for page in pages for row in page.rows]
    assert given == sorted({f"k{number:03}" for number in range(250)})
