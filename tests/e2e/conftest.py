"""A hub among living neighbours: its own store, its own sandbox, settings on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stamina
from sqlalchemy import make_url
from tests.databases import copied
from tests.e2e.company import Company, furnish
from tests.e2e.neighbours import Neighbours
from tests.nursery import Nursery, nursery

from provodka.flows.hub import Hub, open_hub
from provodka.flows.sandbox_process import running_sandbox, write_settings
from provodka.flows.settings import Environment


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Nursery]:
    """Where sandboxes come from."""
    with nursery() as opened:
        yield opened


@pytest.fixture
def sandbox(tmp_path: Path, sandboxes: Nursery) -> Iterator[Neighbours]:
    """A sandbox of the test's own."""
    with sandboxes.sandbox(tmp_path / "sandbox") as about:
        neighbours = Neighbours(about)
        yield neighbours
        neighbours.close()


@pytest.fixture(scope="session")
def furnished(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a database with the catalogs of a sandbox: every sandbox has the same ones."""
    folder = tmp_path_factory.mktemp("furnished")
    with copied(server, template) as url:
        with running_sandbox(folder / "sandbox") as about:
            config = write_settings(folder, about)
            with open_hub(Environment(config=config, home=folder, database_url=url)) as opened:
                furnish(opened)
        yield make_url(url).database or ""


@pytest.fixture
def environment(sandbox: Neighbours, store_url: str, tmp_path: Path) -> Environment:
    """Where the hub's settings and store are; a lost answer is looked up at once."""
    config = write_settings(tmp_path / "hub", sandbox.about)
    hasty = config.read_text(encoding="utf-8").replace("lost_answer_wait: 2", "lost_answer_wait: 0")
    hasty = hasty.replace("onec:\n", "onec:\n  licence_wait: 0\n")
    config.write_text(hasty, encoding="utf-8")
    return Environment(config=config, home=tmp_path / "hub", database_url=store_url)


@pytest.fixture
def patience() -> Iterator[None]:
    """Reads are repeated as in life, but without waiting in between."""
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def hub(environment: Environment, patience: None) -> Iterator[Hub]:
    """A hub in this process."""
    with open_hub(environment) as opened:
        yield opened


@pytest.fixture
def company(hub: Hub, furnished: str) -> Company:
    """People at work; catalogs have been pulled."""
    return Company(hub.engine)


@contextmanager
def reopened(environment: Environment) -> Iterator[Hub]:
    """The hub as a new process would open it."""
    with open_hub(environment) as opened:
        yield opened
