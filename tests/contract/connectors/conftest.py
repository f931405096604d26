"""Each connector over a neighbour and a store of the test's own, copied from finished ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
import stamina
from tests.contract.connectors import sinks, sources
from tests.contract.connectors.contract import Sink, Source
from tests.flow.bank_desk import OURS
from tests.property.machine.places import Founded, Place, founded

from provodka.flows.hub import Hub, open_hub

names = itertools.count()
BANK = """
bank:
  folder: {folder}/statements
  accounts:
    - number: "{ours}"
      bank: ПАО СБЕРБАНК
      bik: "044525225"
"""
SOURCES: dict[str, tuple[str, Any]] = {
    "odata by plan": ("plan", sources.Plan),
    "odata by versions": ("scan", sources.Scan),
    "odata by key": ("scan", sources.Keyset),
    "enterprise data": ("messages", sources.Messages),
    "asterisk log": ("scan", sources.CallLog),
    "pbx over http": ("scan", sources.CloudCalls),
    "bank statements": ("scan", sources.BankFolder),
}
SINKS: dict[str, tuple[str, Any]] = {
    "odata documents": ("plan", sinks.Papers),
    "enterprise data messages": ("messages", sinks.PaperMessages),
    "smtp letters": ("scan", sinks.Letters),
    "payment orders": ("scan", sinks.OrdersFile),
}


@pytest.fixture(scope="module")
def companies(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Founded]]:
    """Companies by the way in which the hub talks to their base."""
    with ExitStack() as opened:
        known: dict[str, Founded] = {}

        def found(way: str) -> Founded:
            if way not in known:
                folder = tmp_path_factory.mktemp(way) / "company"
                known[way] = opened.enter_context(founded(server, template, folder, way=way))
            return known[way]

        yield found


@pytest.fixture
def opened(companies: Callable[[str], Founded]) -> Iterator[Callable[..., Any]]:
    """Opens an adapter over a place of its own."""
    stamina.set_testing(True, attempts=2, cap=True)
    with ExitStack() as opened:

        def open_one(way: str, adapter: Any) -> Any:
            company = companies(way)
            place = opened.enter_context(company.copy(f"{company.database}_c{next(names)}"))
            if hasattr(adapter, "served"):
                adapter = opened.enter_context(adapter.served(place.environment.config))
            hub = opened.enter_context(_hub(place))
            folder = place.environment.home / "statements"
            return adapter(hub=hub, people=place.people, sandbox=place.sandbox, folder=folder)

        yield open_one
    stamina.set_testing(False)


def _hub(place: Place) -> AbstractContextManager[Hub]:
    config = place.environment.config
    about = BANK.format(folder=config.parent, ours=OURS)
    config.write_text(config.read_text(encoding="utf-8") + about, encoding="utf-8")
    return open_hub(place.environment)


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, opened: Callable[..., Any]) -> Source:
    """Every source in turn."""
    found: Source = opened(*SOURCES[request.param])
    return found


@pytest.fixture(params=SINKS)
def sink(request: pytest.FixtureRequest, opened: Callable[..., Any]) -> Sink:
    """Every sink in turn."""
    found: Sink = opened(*SINKS[request.param])
    return found
