"""Fixtures that every floor's tests share: a real PostgreSQL, one database per test."""

from __future__ import annotations

import functools
import gc
import os
import shutil
import zoneinfo
from collections.abc import Iterator

import psycopg
import pytest
import structlog
import typer
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from tests.databases import copied, create, drop, room_for_server
from tests.known_texts import remember_texts

from provodka.connectors.crm_store import embedded, schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.foundation import strict

pytest_plugins = ("tests.requirements", "tests.rewriting")


def pytest_collection_finish() -> None:
    """A million objects have been made that stay: nobody looks through them for garbage again."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def looked_up_once() -> Iterator[None]:
    """What stays the same in a run: time zones, the newest migration, the program's commands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strict, "available_timezones", functools.cache(zoneinfo.available_timezones))
        remember_texts(patch)
        head = ScriptDirectory.from_config(schema._config()).get_current_head()
        patch.setattr(ScriptDirectory, "get_current_head", lambda _chain: head)
        patch.setattr("typer.testing._get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """An exception in the log is told as Python tells it: in colours it takes a second."""
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server: embedded, or the one that the environment names."""
    given = os.environ.get("PROVODKA_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = room_for_server()
    url = embedded.start(folder / "pg")
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "autovacuum", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("ALTER SYSTEM SET max_wal_size = '128MB'")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """A migrated database that each test's own is copied from."""
    name = f"provodka_template_{os.getpid()}"
    url = create(server, name)
    engine = open_engine(url)
    schema.migrate(engine)
    engine.dispose()
    yield name
    drop(server, name)


@pytest.fixture
def store_url(request: pytest.FixtureRequest, server: str, template: str) -> Iterator[str]:
    """The address of a fresh migrated database; of a `furnished` one for a test that wants it."""
    given = (
        request.getfixturevalue("furnished") if "furnished" in request.fixturenames else template
    )
    with copied(server, given) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Engine]:
    """An engine on a fresh migrated database."""
    engine = open_engine(store_url, name="test")
    yield engine
    engine.dispose()
