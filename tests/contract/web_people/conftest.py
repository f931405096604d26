"""A living identity provider, and sign-in that believes it; keys are costly, so one a module."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from tests.contract.web_people.oidc_desk import provider_of
from tests.databases import copied
from tests.flow.web_people.people_desk import Desk, desk

from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.oidc.provider import OidcProvider
from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.rules import ByProvider, SignInRules
from provodka.sandbox.httpd import HttpServer
from provodka.sandbox.identity import ROOT, IdentityProvider


@pytest.fixture(scope="module")
def standing_provider() -> Iterator[IdentityProvider]:
    """A provider that listens on this machine."""
    made = IdentityProvider()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = HttpServer(made)
    port = asyncio.run_coroutine_threadsafe(server.start("127.0.0.1", 0), loop).result(30)
    made.issuer = f"http://127.0.0.1:{port}{ROOT}"
    yield made
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


@pytest.fixture
def identity(standing_provider: IdentityProvider) -> IdentityProvider:
    """The same, in good order."""
    standing_provider.mischief = ""
    standing_provider.grants.clear()
    standing_provider.asked.clear()
    return standing_provider


@pytest.fixture
def oidc(identity: IdentityProvider) -> Iterator[OidcProvider]:
    """Our side of it."""
    made = provider_of(identity)
    yield made
    made.close()


@pytest.fixture(scope="module")
def oidc_store(server: str, template: str) -> Iterator[Engine]:
    """A migrated database for the tests of a module."""
    with copied(server, template) as url:
        engine = open_engine(url, name="test")
        yield engine
        engine.dispose()


@pytest.fixture
def oidc_desk(oidc: OidcProvider, oidc_store: Engine) -> Iterator[Desk]:
    """Sign-in by that provider: two of its groups are known, and whoever is in one is let in."""
    groups = {
        "hub-heads": frozenset({Role.HEAD}),
        "hub-accountants": frozenset({Role.ACCOUNTANT}),
    }
    by = ByProvider(oidc, "Войти через Ромашку", groups, creates=True)
    with desk(oidc_store, SignInRules(by_provider=by)) as made:
        made.live()
        yield made
