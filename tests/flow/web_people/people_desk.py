"""An application with nothing but sign-in and two pages, on a store of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import Engine, text
from starlette.requests import Request
from starlette.responses import JSONResponse

from provodka.connectors.crm_store import people, sessions
from provodka.connectors.crm_store.people import Person
from provodka.dashboards.web.people import gate
from provodka.dashboards.web.people.rules import SignInRules

__all__ = ["CHEAP", "NOON", "PASSWORD", "Browser", "Desk", "csrf_in", "desk", "sign_in"]

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "четыре слова через пробел"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
TABLES = "hub.person, hub.session, hub.enter_link, hub.sign_in_pace"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Browser:
    """A browser: keeps cookies, follows nothing by itself."""

    def __init__(self, app: FastAPI, base: str, runner: asyncio.Runner, host: str) -> None:
        transport = ASGITransport(app, client=(host, 40_000))
        self._client = AsyncClient(transport=transport, base_url=base)
        self._runner = runner
        self.cookies = self._client.cookies

    def get(self, path: str, **more: Any) -> Response:
        """Open an address."""
        return self._runner.run(self._client.get(path, **more))

    def post(self, path: str, **more: Any) -> Response:
        """Send a form."""
        return self._runner.run(self._client.post(path, **more))


class Desk:
    """The application, its clock, its browsers and what its store knows."""

    def __init__(self, store: Engine, rules: SignInRules, runner: asyncio.Runner) -> None:
        self.store = store
        self.now = NOON
        self.runner = runner
        self.app = FastAPI()
        self.app.state.store = store
        self.app.state.sign_in = replace(rules, clock=lambda: self.now)
        self.app.router.routes.extend(gate.routes())
        self.app.add_route("/page", _page, ["GET"])
        self.app.add_route("/do", _do, ["POST"])

    def browser(self, base: str = "https://hub.example", host: str = "198.51.100.7") -> Browser:
        """A browser that has been nowhere yet, at an address."""
        return Browser(self.app, base, self.runner, host)

    def person(
        self, login: str = "anna", *, roles: Collection[str] = ("head",), password: str = PASSWORD
    ) -> Person:
        """Somebody who may sign in."""
        kept = CHEAP.hash(password) if password else None
        with self.store.begin() as connection:
            return people.add(connection, login, login.title(), roles=roles, password=kept)

    def link(self, who: Person, minutes: int = 10) -> str:
        """The path of a one-time link."""
        with self.store.begin() as connection:
            token = sessions.give_link(connection, who.id, self.now + timedelta(minutes=minutes))
        return f"/enter/{token}"

    def audited(self) -> list[Any]:
        """What and detail of every line of the audit since the desk was set up, oldest first."""
        return self.rows(
            "SELECT what, person_id, detail FROM hub.audit WHERE id > :since ORDER BY id"
        )

    def rows(self, query: str) -> list[Any]:
        """What a query finds."""
        with self.store.connect() as connection:
            return list(connection.execute(text(query), {"since": self.since}))

    def live(self) -> None:
        """Go by the real clock: others sign what they say with it."""
        self.app.state.sign_in = replace(self.app.state.sign_in, clock=lambda: datetime.now(UTC))

    def limit(self, **tries: int) -> None:
        """Other limits of tries than the usual."""
        rules = self.app.state.sign_in
        self.app.state.sign_in = replace(rules, limits=replace(rules.limits, **tries))

    def fresh(self) -> None:
        """Nobody is known; the audit stays, for nobody can empty it."""
        self.now = NOON
        with self.store.begin() as connection:
            connection.execute(text(f"TRUNCATE {TABLES}"))
            last = text("SELECT coalesce(max(id), 0) FROM hub.audit")
            self.since = connection.execute(last).scalar_one()


@contextmanager
def desk(store: Engine, rules: SignInRules | None = None, *, fresh: bool = True) -> Iterator[Desk]:
    """A desk on a store where nobody is known, unless those who are shall stay."""
    with asyncio.Runner() as runner:
        made = Desk(store, rules or SignInRules(), runner)
        if fresh:
            made.fresh()
        yield made


def csrf_in(page: Response) -> str:
    """The token in a page's form."""
    found = CSRF.search(page.text)
    assert found, page.text
    return found[1]


def sign_in(browser: Browser, login: str, password: str = PASSWORD, **more: str) -> Response:
    """Fill the form as a person does."""
    token = csrf_in(browser.get("/sign-in"))
    return browser.post(
        "/sign-in", data={"csrf": token, "login": login, "password": password, **more}
    )


async def _page(request: Request) -> JSONResponse:
    visitor = await gate.visitor_of(request)
    if visitor is None:
        return JSONResponse({}, 401)
    departments = sorted(map(str, visitor.departments))
    told = {"name": visitor.name, "csrf": visitor.csrf, "roles": sorted(visitor.roles)}
    return JSONResponse(told | {"departments": departments})


async def _do(request: Request) -> JSONResponse:
    visitor = await gate.visitor_of(request)
    if visitor is None:
        return JSONResponse({}, 401)
    try:
        gate.require_csrf(request, visitor, await request.form())
    except gate.Forbidden:
        return JSONResponse({}, 403)
    return JSONResponse({"done": True})
