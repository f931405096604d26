"""One store for a module; each test finds nobody in it. Hashes are cheap: they are not tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from tests.databases import copied
from tests.flow.web_people.people_desk import CHEAP, Desk, desk

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.web.people import passwords


@pytest.fixture(scope="module")
def people_store(server: str, template: str) -> Iterator[Engine]:
    """A migrated database for the tests of a module."""
    with copied(server, template) as url:
        engine = open_engine(url, name="test")
        yield engine
        engine.dispose()


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", CHEAP)


@pytest.fixture
def people_desk(people_store: Engine) -> Iterator[Desk]:
    """Sign-in with the usual rules, over TLS, where nobody is known."""
    with desk(people_store) as made:
        yield made
