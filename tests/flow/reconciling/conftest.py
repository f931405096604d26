"""One company for all tests of a module: sweeps and histories need nothing of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from tests.databases import copied
from tests.e2e.company import Company, found
from tests.e2e.neighbours import Neighbours
from tests.nursery import Nursery

from provodka.flows.hub import Hub, open_hub
from provodka.flows.sandbox_process import write_settings
from provodka.flows.settings import Environment


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, sandboxes: Nursery) -> Iterator[Neighbours]:
    """The module's sandbox."""
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox")) as about:
        neighbours = Neighbours(about)
        yield neighbours
        neighbours.close()


@pytest.fixture(scope="module")
def database(server: str, template: str) -> Iterator[str]:
    """The module's store."""
    with copied(server, template) as url:
        yield url


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the settings are."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def environment(sandbox: Neighbours, database: str, home: Path) -> Environment:
    """Where the hub's settings and store are; reading does not rest."""
    config = write_settings(home, sandbox.about)
    told = config.read_text(encoding="utf-8")
    hasty = "onec:\n  licence_wait: 0\n  base_share: 100\n"
    config.write_text(told.replace("onec:\n", hasty), encoding="utf-8")
    return Environment(config=config, home=home, database_url=database)


@pytest.fixture(scope="module")
def hub(environment: Environment) -> Iterator[Hub]:
    """The module's hub."""
    stamina.set_testing(True, attempts=4, cap=True)
    with open_hub(environment) as opened:
        yield opened
    stamina.set_testing(False)


@pytest.fixture(scope="module")
def company(hub: Hub) -> Company:
    """People at work; catalogs have been pulled."""
    return found(hub)
