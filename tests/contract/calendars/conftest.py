"""One CalDAV server for all tests of this folder; each has a calendar of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contract.calendars.dav_server import LOGIN, PASSWORD, DavServer, dav_server

from provodka.connectors.calendars.caldav import CalDav


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with dav_server(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def calendar(server: DavServer) -> CalDav:
    """A new empty calendar."""
    return CalDav("anna", server.calendar(), LOGIN, PASSWORD, timeout=20)
