"""The demonstration's company, told once, its pages served, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.databases import copied
from tests.e2e.web.served import Pages, chromium, pages_of, told
from tests.nursery import Nursery

from provodka.flows.hub import Hub, open_hub
from provodka.flows.sandbox_process import write_settings
from provodka.flows.settings import Environment


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def demonstrated(
    server: str,
    template: str,
    sandboxes: Nursery,
    browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Hub]:
    """The hub of the demonstration, its neighbours alive; needs a browser to be worth its time."""
    assert browser.is_connected()
    folder = tmp_path_factory.mktemp("demonstrated")
    with copied(server, template) as url, sandboxes.sandbox(folder / "sandbox") as about:
        config = write_settings(folder, about, reads_mail=True)
        with open_hub(Environment(config=config, home=folder, database_url=url)) as hub:
            told(hub, about)
            yield hub


@pytest.fixture(scope="session")
def pages(demonstrated: Hub, browser: Browser) -> Iterator[Pages]:
    """The pages of the demonstration's company."""
    with pages_of(demonstrated, browser) as opened:
        yield opened
