"""The API as its own description has it: whatever is sent, the answer is a described one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine
from starlette.routing import compile_path
from tests.databases import copied
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports.catalog import reports
from provodka.dashboards.reports.keeping import refresh_all
from provodka.dashboards.web.house import House
from provodka.dashboards.web.pages.catalog import all_pages
from provodka.dashboards.web.people.roles import Role

DESCRIPTION = "/api/openapi.json"
FEW = settings(
    max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def engine(server: str, template: str) -> Iterator[Engine]:
    """A store whose reports have been refreshed, and are empty."""
    with copied(server, template) as url:
        opened = open_engine(url, name="test")
        with opened.begin() as connection:
            refresh_all(connection)
        yield opened
        opened.dispose()


@pytest.fixture(scope="module")
def program(engine: Engine) -> Iterator[Reader]:
    """A program with every role."""
    with open_house(House(engine)) as opened:
        yield read_as(opened, engine, *Role)


@pytest.fixture(scope="module")
def described(program: Reader) -> Any:
    """The description, as a program finds it."""
    return schemathesis.openapi.from_dict(program.get(DESCRIPTION).json())


@pytest.mark.parametrize("path", ["/api/reports", *(f"/api/reports/{name}" for name in reports())])
def test_every_answer_is_one_that_the_description_has(
    described: Any, program: Reader, path: str
) -> None:
    operation = described[path]["GET"]

    @FEW
    @given(case=operation.as_strategy())
    def whatever_is_sent(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url="http://testserver")
        answer = program.get(
            sent["url"],
            params=sent.get("params"),
            headers=dict(sent.get("headers") or {}),
            follow_redirects=False,
        )
        assert answer.status_code < 500
        operation.validate_response(answer, case=case)

    whatever_is_sent()


def test_the_description_names_every_address_for_programs(program: Reader) -> None:
    told = set(program.get(DESCRIPTION).json()["paths"])
    for page in all_pages():
        if page.path.startswith("/api/") and page.path != DESCRIPTION:
            pattern, _text, _convertors = compile_path(page.path)
            assert any(pattern.match(path) for path in told), page.path
