"""The demonstration's company, told once, its pages served, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import make_url
from tests.databases import copied
from tests.e2e.neighbours import Neighbours
from tests.e2e.web.served import Pages, chromium, pages_of, told
from tests.nursery import Nursery
from tests.real_parts import needs

from provodka.flows.hub import Hub, open_hub
from provodka.flows.sandbox_process import write_settings
from provodka.flows.settings import Environment


@dataclass(frozen=True)
class Told:
    """The demonstration as it stands at its end: settings, and a database to be copied."""

    config: Path
    database: str
    sandbox: dict[str, Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one file: while it is open, no other loop can run here."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def demonstration(
    server: str,
    template: str,
    sandboxes: Nursery,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Told]:
    """The demonstration, its neighbours alive; without a browser it is not worth its time."""
    needs("chromium")
    folder = tmp_path_factory.mktemp("demonstration")
    with copied(server, template) as url, sandboxes.sandbox(folder / "sandbox") as about:
        config = write_settings(folder, about, reads_mail=True)
        with open_hub(Environment(config=config, home=folder, database_url=url)) as hub:
            told(hub, about)
        # From here on somebody answers for new rules; those of the story stay in force.
        config.write_text(config.read_text("utf-8") + "rules_approval: true\n", "utf-8")
        yield Told(config, make_url(url).database or "", about)


@pytest.fixture(scope="module")
def demonstrated(
    server: str, demonstration: Told, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    """A hub with the demonstration behind it, for the tests of one file."""
    folder = tmp_path_factory.mktemp("demonstrated")
    with copied(server, demonstration.database) as url:
        place = Environment(config=demonstration.config, home=folder, database_url=url)
        with open_hub(place) as hub:
            yield hub


@pytest.fixture(scope="module")
def pages(demonstrated: Hub, browser: Browser) -> Iterator[Pages]:
    """The pages of the demonstration's company."""
    with pages_of(demonstrated, browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def neighbours(demonstration: Told) -> Iterator[Neighbours]:
    """The systems around the hub, with their troubles on demand."""
    around = Neighbours(demonstration.sandbox)
    yield around
    around.close()
