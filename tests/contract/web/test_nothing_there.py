"""Where there is no page: a person reads words with a way on, a program gets its code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request, Response
from starlette.testclient import TestClient
from tests.web_house import Nowhere

from provodka.dashboards.web.app import create_app
from provodka.dashboards.web.door import Door
from provodka.foundation.errors import ProvodkaError

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


class Opened:
    """The door's inbox, into which nothing comes here."""

    async def __aenter__(self) -> Nowhere:
        """Open it."""
        return Nowhere()

    async def __aexit__(self, *_gone: object) -> None:
        """Close it."""


@pytest.fixture(scope="module")
def visitor() -> Iterator[TestClient]:
    """A browser before an application in which one address always breaks."""
    app: FastAPI = create_app(Door(), Opened)

    async def fall(_request: Request) -> Response:
        raise AssertionError("a secret of the hub")

    async def find_no_store(_request: Request) -> Response:
        raise ProvodkaError("База хаба", found="socket /secret/pg", code="store_away")

    app.add_route("/falls", fall, ["GET"])
    app.add_route("/away", find_no_store, ["GET"])
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no/such/page", 404),
        ("GET", "/v", 405),
        ("GET", "/falls", 500),
        ("GET", "/away", 503),
    ],
)
def test_a_person_reads_what_to_do_and_nothing_of_the_hubs_insides(
    visitor: TestClient, method: str, path: str, status: int
) -> None:
    answer = visitor.request(method, path, headers={**BROWSER, "Accept-Language": "ru"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1" in answer.text
    assert "secret" not in answer.text
    assert "detail" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_written_instead_of_a_page_is_in_the_readers_language(visitor: TestClient) -> None:
    visitor.cookies.set("lang", "en")
    english = visitor.get("/no/such/page", headers=BROWSER)
    visitor.cookies.clear()
    assert 'lang="en"' in english.text


def test_a_program_gets_a_code_and_no_page(visitor: TestClient) -> None:
    for path, status in (("/no/such/page", 404), ("/falls", 500)):
        answer = visitor.get(path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json"
    refused = visitor.get("/v")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
