"""Fixtures that every floor's tests share: a real PostgreSQL, one database per test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from provodka.connectors.crm_store import embedded, schema
from provodka.connectors.crm_store.engine import open_engine

pytest_plugins = ("tests.requirements",)

counter = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server: embedded, or the one that the environment names."""
    given = os.environ.get("PROVODKA_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="provodka-pg-"))
    url = embedded.start(folder / "pg")
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "autovacuum", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """A migrated database that each test's own is copied from."""
    name = f"provodka_template_{os.getpid()}"
    url = _create(server, name)
    engine = open_engine(url)
    schema.migrate(engine)
    engine.dispose()
    yield name
    _drop(server, name)


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


@contextmanager
def copied(server: str, template: str) -> Iterator[str]:
    """The address of a database that is a copy of another while the block lasts."""
    name = f"provodka_test_{os.getpid()}_{next(counter)}"
    yield _create(server, name, template)
    _drop(server, name)


def _create(server: str, name: str, template: str = "template0") -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        # Without fsync twice as fast as writing each page to the log as well.
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
