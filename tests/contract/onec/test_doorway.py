"""One base, two protocols, one door: requests take turns, and each rests for the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.contract.onec.opening import QUICK
from tests.contract.onec.scripted_server import ScriptedServer, Seen, rows
from tests.contract.onec.soap.fake_base import FakeBase

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.doorway import Doorway
from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.guest import Manners
from provodka.connectors.onec.odata.pacing import Pacer
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.flows.onec.bases import doorway_of

SET = "Catalog_Контрагенты"


@dataclass
class Crowd:
    """Counts who is inside at once; each waits so many seconds for another to come."""

    patience: float
    most: int = 0
    inside: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    another: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def enter(self) -> Iterator[None]:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside > 1:
                self.another.set()
        self.another.wait(self.patience)
        try:
            yield
        finally:
            with self.lock:
                self.inside -= 1


class Door:
    """Both protocols of one base, opened through the same doorway or each through its own."""

    def __init__(self, stack: ExitStack, crowd: Crowd | None = None, **given: Any) -> None:
        self.fake = FakeBase()
        self.crowd = crowd
        odata = stack.enter_context(ScriptedServer([self._odata]))
        soap = stack.enter_context(ScriptedServer([self._soap]))
        self.settings = OneCSettings(odata.url, "hub", "x", **given)
        self.reached = SoapSettings(OneCSettings(soap.url, "hub", "x", **given), peer_code="CRM")

    def _odata(self, _seen: Seen) -> bytes:
        if self.crowd is None:
            return rows()
        with self.crowd.enter():
            return rows()

    def _soap(self, seen: Seen) -> bytes:
        if self.crowd is None:
            return self.fake.serve(seen)
        with self.crowd.enter():
            return self.fake.serve(seen)


def talk(door: Door, first: Doorway, second: Doorway) -> None:
    with (
        ODataBase(door.settings, retries=QUICK, doorway=first) as odata,
        EnterpriseDataBase(door.reached, retries=QUICK, doorway=second) as soap,
        ThreadPoolExecutor(2) as pool,
    ):
        read = pool.submit(lambda: list(odata.read_pages(SET, Query(("Ref_Key",)))))
        tested = pool.submit(soap.test_connection)
        read.result()
        tested.result()


def test_two_protocols_never_ask_one_base_at_once() -> None:
    with ExitStack() as stack:
        crowd = Crowd(0.1)
        door = Door(stack, crowd)
        shared = Doorway(door.settings)
        talk(door, shared, shared)
        assert crowd.most == 1


def test_a_base_that_allows_two_requests_is_asked_two_at_once() -> None:
    """The other way round, so that the test above cannot pass by chance."""
    with ExitStack() as stack:
        crowd = Crowd(30)
        door = Door(stack, crowd, max_connections=2)
        shared = Doorway(door.settings)
        talk(door, shared, shared)
        assert crowd.most == 2


def test_fetching_a_message_rests_for_what_odata_has_taken() -> None:
    naps: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        now[0] += seconds

    with ExitStack() as stack:
        door = Door(stack)
        pacer = Pacer(Manners(share=50), clock=lambda: now[0], sleep=sleep)
        shared = Doorway(door.settings, pacer)
        soap = stack.enter_context(EnterpriseDataBase(door.reached, retries=QUICK, doorway=shared))
        pacer.answered(SET, HttpAnswer(200, {}, b"x", 7.0))
        soap.test_connection()
        assert naps == []
        soap.exchange.get_data_part("file", 1)
        assert naps[0] == pytest.approx(7.0, abs=1.0)


def test_whoever_opens_a_base_in_one_process_goes_through_one_door(tmp_path: Path) -> None:
    def reached(url: str) -> OneCSettings:
        return OneCSettings(url, "hub", "x", metadata_cache=tmp_path)

    one = doorway_of(reached("http://1c.example/buh"))
    assert doorway_of(reached("http://1c.example/buh/odata/standard.odata")) is one
    assert doorway_of(reached("http://1c.example/ut")) is not one
