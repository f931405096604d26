from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.contract.onec.opening import QUICK
from tests.contract.onec.scripted_server import ScriptedServer
from tests.contract.onec.soap.fake_base import FakeBase

from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.odata.settings import OneCSettings

OpenTo = Callable[..., EnterpriseDataBase]


@dataclass
class FakeTime:
    """A clock that moves only by sleeping."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def fake() -> FakeBase:
    """The base on the other side."""
    return FakeBase()


@pytest.fixture
def time() -> FakeTime:
    """The client's clock and sleep."""
    return FakeTime()


@pytest.fixture
def opened(fake: FakeBase, time: FakeTime) -> Iterator[OpenTo]:
    """Open the client on the fake base: `opened(part_kb=…, timeout=…)`."""
    with ExitStack() as stack:
        server = stack.enter_context(ScriptedServer([fake.serve]))

        def client(timeout: float = 2.0, **given: Any) -> EnterpriseDataBase:
            reached = OneCSettings(server.url, "Обмен", "пароль", timeout=timeout)
            settings = SoapSettings(reached, **{"peer_code": "CRM", **given})
            return stack.enter_context(
                EnterpriseDataBase(
                    settings, retries=QUICK, clock=lambda: time.now, sleep=time.sleep
                )
            )

        yield client
