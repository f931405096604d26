from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.contract.onec.opening import QUICK, OpenBase
from tests.contract.onec.scripted_server import ScriptedServer, Step

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.settings import OneCSettings


@pytest.fixture
def base_that_answers() -> Iterator[OpenBase]:
    """Start a scripted server and open a base on it: `base_that_answers(step, …, timeout=…)`."""
    with ExitStack() as stack:

        def opened(*script: Step, **settings: object) -> tuple[ODataBase, ScriptedServer]:
            server = stack.enter_context(ScriptedServer(list(script)))
            asked = {"timeout": 2.0, **settings}
            given = OneCSettings(server.url, "Обмен", "пароль", **asked)  # type: ignore[arg-type]
            return stack.enter_context(ODataBase(given, retries=QUICK)), server

        yield opened
