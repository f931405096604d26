"""No page and no endpoint without its role: every route of the application with every role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from starlette.routing import Route
from tests.databases import copied
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.web.house import House
from provodka.dashboards.web.pages.catalog import all_pages
from provodka.dashboards.web.pages.declaring import SECTIONS, Page
from provodka.dashboards.web.pages.filling import environment
from provodka.dashboards.web.people.roles import Role

OPEN_TO_ALL = {
    "/sign-in",
    "/sign-out",
    "/enter/{token}",
    "/oidc/start",
    "/oidc/return",
    "/assets/{digest}/{name}",
    "/{name}-worker.js",
    "/health",
    "/hooks/{system}",
    "/hooks/{system}/{event:path}",
    "/forms/{code}",
    "/p/{token}.gif",
    "/u/{token}",
    "/v.gif",
    "/v",
}
"""What has no role: sign-in itself, files without data, and doors that know their own by a key."""
PAGES = all_pages()
FIELD = re.compile(r'<(?:input|select) [^>]*name="([a-z_]+)"')
INJECTED = "x' OR 1=1; DROP TABLE crm.client CASCADE; --\" \\ %s :x $1"
FILTERED = (
    "/invoices",
    "/attention",
    "/audit",
    "/rules",
    "/plans",
    "/dispatcher",
)
"""Pages whose words go into queries; what reports are asked has tests of its own."""


@pytest.fixture(scope="module")
def engine(server: str, template: str) -> Iterator[Engine]:
    """An empty store for all tests of this file."""
    with copied(server, template) as url:
        opened = open_engine(url, name="test")
        yield opened
        opened.dispose()


@pytest.fixture(scope="module")
def reader(engine: Engine) -> Iterator[Reader]:
    """The pages of the store."""
    with open_house(House(engine)) as opened:
        yield opened


def path_of(page: Page) -> str:
    """An address that the page answers, with a stranger's key wherever one belongs."""
    parts = []
    for part in page.path.split("/"):
        name, _colon, kind = part.strip("{}").partition(":")
        known = {"uuid": str(uuid4()), "int": "1", "path": "a/b"}
        parts.append(part if not part.startswith("{") else known.get(kind, name))
    return "/".join(parts)


def test_every_route_is_a_page_with_roles_or_is_open_to_all_on_purpose(reader: Reader) -> None:
    app: Any = reader.app
    routes = {route.path for route in app.routes if isinstance(route, Route)}
    assert routes - {page.path for page in PAGES} == OPEN_TO_ALL


def test_every_page_names_its_roles_and_its_place() -> None:
    names = [page.name for page in PAGES]
    assert len(set(names)) == len(names)
    for page in PAGES:
        assert page.roles, page.name
        assert page.methods, page.name
        assert not page.menu or (page.section in SECTIONS and page.icon), page.name
    environment()


@pytest.mark.parametrize("role", list(Role))
def test_a_page_is_shown_to_its_roles_and_to_no_other(
    reader: Reader, engine: Engine, role: Role
) -> None:
    read_as(reader, engine, role)
    wrong = {}
    for page in PAGES:
        for method in page.methods:
            if method == "GET":
                answer = reader.get(path_of(page), follow_redirects=False)
            else:
                answer = reader.submit(path_of(page))
            let_in = answer.status_code != 403
            if let_in != (role in page.roles) or answer.status_code >= 500:
                wrong[f"{method} {page.path}"] = answer.status_code
    assert wrong == {}


def test_a_page_is_shown_to_nobody_who_has_not_signed_in(reader: Reader) -> None:
    reader.cookies.clear()
    for page in PAGES:
        for method in page.methods:
            answer = reader.request(method, path_of(page), follow_redirects=False)
            if page.path.startswith("/api/"):
                assert answer.status_code == 401, page.path
                continue
            assert answer.status_code == 303, page.path
            assert answer.headers["location"].startswith("/sign-in")


def test_a_form_without_the_token_of_its_session_does_nothing(
    reader: Reader, engine: Engine
) -> None:
    foreign = read_as(reader, engine, *Role).csrf
    read_as(reader, engine, *Role)
    for page in PAGES:
        if page.act is not None:
            for form in ({}, {"csrf": ""}, {"csrf": foreign}, {"csrf": "é"}):
                answer = reader.post(path_of(page), data=form, follow_redirects=False)
                assert answer.status_code == 403, page.path


def test_words_of_an_address_never_become_a_part_of_a_query(reader: Reader, engine: Engine) -> None:
    read_as(reader, engine, *Role)
    told, wrong = 0, {}
    for path in FILTERED:
        names = {*FIELD.findall(reader.get(path).text), "after", "by", "period", "as_of"}
        for name in names:
            answer = reader.get(path, params={name: INJECTED})
            told += 1
            if answer.status_code >= 500 or "syntax" in answer.text:
                wrong[f"{path}?{name}"] = answer.status_code
    assert wrong == {}
    assert told > len(FILTERED) * 4
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM crm.client")).scalar() == 0


def test_another_method_than_those_declared_is_refused(reader: Reader, engine: Engine) -> None:
    read_as(reader, engine, *Role)
    for page in PAGES:
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(page.methods):
            answer = reader.request(method, path_of(page), follow_redirects=False)
            assert answer.status_code in (404, 405), (method, page.path)


def test_a_form_of_ten_megabytes_is_not_read_by_any_page(reader: Reader, engine: Engine) -> None:
    read_as(reader, engine, *Role)
    huge = b"csrf=" + b"x" * 10_000_000
    taken = {
        page.path
        for page in PAGES
        if page.act is not None and reader.post(path_of(page), content=huge).status_code != 413
    }
    assert taken == set()
