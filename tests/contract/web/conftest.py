"""One store and one open door for a module; each test finds them empty."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, make_url
from tests.contract.web.serving import Knocker, settings, standing_door

from provodka.connectors.crm_store.engine import open_engine

SITE = "https://shop.example"
SECRETS = {
    "WAREHOUSE": "a key of the warehouse",
    "ATS": "a secret of the pbx",
    "LETTERS": "letters",
}
WEB = {
    "secret_env": "LETTERS",
    "form_rate": 100_000,
    "pixel_rate": 100_000,
    "hook_rate": 1_000_000,
    "max_body_kb": 64,
    "hooks": {"warehouse": {"secret_env": "WAREHOUSE"}},
    "forms": {
        "order": {"sites": [SITE], "honeypot": "website"},
        "callback": {"kind": "callback", "sites": [SITE], "thanks": f"{SITE}/thanks"},
    },
    "visits": {"sites": [SITE]},
}
TELEPHONY = [
    {
        "kind": "zadarma",
        "name": "офис",
        "key_env": "ATS",
        "secret_env": "ATS",
        "hook_secret_env": "ATS",
    }
]


@pytest.fixture(scope="module", autouse=True)
def _secrets() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def shared_url(server: str, template: str) -> Iterator[str]:
    """A migrated database for the tests of a module."""
    name = f"provodka_web_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        create = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
        connection.execute(create.encode())
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="module")
def shared_store(shared_url: str) -> Iterator[Engine]:
    """An engine on it."""
    engine = open_engine(shared_url, name="test")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def open_door(shared_url: str, shared_store: Engine) -> Iterator[Knocker]:
    """The door of a company with a warehouse, a PBX, two forms and a counter of visits."""
    company = settings(WEB, telephony=TELEPHONY)
    with standing_door(company, shared_url, shared_store) as knocker:
        yield knocker


@pytest.fixture
def door(open_door: Knocker) -> Knocker:
    """The same door, before anybody has knocked."""
    open_door.forget()
    return open_door
