"""The pages of a store, opened by people who have signed in, for tests that look at them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
from sqlalchemy import Engine
from starlette.testclient import TestClient

from provodka.connectors.crm_store import people, sessions
from provodka.connectors.crm_store.inbox import Arrival
from provodka.dashboards.web.app import create_app
from provodka.dashboards.web.door import Door
from provodka.dashboards.web.house import House
from provodka.dashboards.web.people import cookies
from provodka.dashboards.web.people.roles import Role

__all__ = ["Reader", "open_house", "read_as"]

BASE = "http://testserver"


class Nowhere:
    """An inbox that nothing comes into."""

    async def keep(self, _arrival: Arrival) -> None:
        """Nobody knocks in these tests."""
        raise AssertionError

    def keep_soon(self, _arrival: Arrival) -> None:
        """Nobody knocks in these tests."""
        raise AssertionError

    def refuse(self, door: str, system: str, reason: str) -> None:
        """Nobody knocks in these tests."""


class Reader(TestClient):
    """A browser in which somebody has signed in; forms that it sends hold their token."""

    csrf: str = ""
    person: UUID

    def submit(
        self, path: str, form: Mapping[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        """A form sent from our own page; redirections are not followed."""
        data = {"csrf": self.csrf, **(form or {})}
        more.setdefault("follow_redirects", False)
        answer: httpx.Response = self.post(path, data=data, **more)
        return answer

    def part(self, path: str, **more: Any) -> httpx.Response:
        """A piece of a page, as htmx asks for it."""
        answer: httpx.Response = self.get(path, headers={"HX-Request": "true"}, **more)
        return answer


@contextmanager
def open_house(house: House) -> Iterator[Reader]:
    """The pages of a house, read by nobody in particular."""

    class Opened:
        async def __aenter__(self) -> Nowhere:
            return Nowhere()

        async def __aexit__(self, *_gone: object) -> None:
            return None

    app = create_app(Door(), Opened, house)
    with Reader(app, base_url=BASE) as reader:
        yield reader


def read_as(
    reader: Reader,
    engine: Engine,
    *roles: Role,
    employee: UUID | None = None,
    departments: Collection[UUID] = (),
    now: datetime | None = None,
) -> Reader:
    """The same browser after somebody new with these roles has signed in."""
    at = now or datetime.now(UTC)
    with engine.begin() as connection:
        person = people.add(
            connection,
            f"reader-{uuid4()}",
            "Анна Чтец",
            roles=[role.value for role in roles],
            departments=departments,
            employee_id=employee,
        )
        token = sessions.open_session(
            connection, person.id, "link", now=at, until=at + timedelta(hours=8)
        )
    reader.cookies.clear()
    reader.cookies.set(cookies.SESSION, token)
    reader.csrf = cookies.derived(token, "form")
    reader.person = person.id
    return reader
