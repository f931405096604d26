"""One store for a module; each test finds nobody in it. Hashes are cheap: they are not tested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.databases import copied
from tests.flow.web_people.erasure_desk import hub_on
from tests.flow.web_people.people_desk import CHEAP, Desk, desk

from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.crm_store.tables import metadata
from provodka.dashboards.web.people import passwords
from provodka.flows.hub import Hub


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


@pytest.fixture(scope="module")
def erasure_store(server: str, template: str) -> Iterator[Engine]:
    """A store for the tests of the module; each has its own people in it."""
    with copied(server, template) as url:
        engine = open_engine(url, name="test")
        yield engine
        engine.dispose()


@pytest.fixture
def erasing(erasure_store: Engine, tmp_path: Path) -> Iterator[Hub]:
    """A hub on it, and nobody of the person left behind for the next test."""
    hub = hub_on(erasure_store, tmp_path)
    yield hub
    with erasure_store.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in reversed(metadata.sorted_tables):
            if table.schema == "crm" or table.name in ("delta", "binding", "outbox", "erasure"):
                connection.execute(text(f'DELETE FROM {table.schema}."{table.name}"'))
