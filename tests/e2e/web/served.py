"""A hub that people look at: the demonstration's company, its pages on a port, a real browser."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from rich.console import Console
from sqlalchemy import text
from tests.real_parts import needs

from provodka.connectors.crm_store import people, sessions
from provodka.dashboards.web.people import cookies
from provodka.dashboards.web.people.roles import Role
from provodka.flows.demo.story import Story
from provodka.flows.demo.teller import Teller
from provodka.flows.hub import Hub
from provodka.flows.pages.composing import house_of
from provodka.flows.requests.carrying import carry_requests
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.flows.web_process import server_of

__all__ = [
    "NARROW",
    "WIDE",
    "Look",
    "Pages",
    "carried",
    "chromium",
    "pages_of",
    "told",
    "violations",
]

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}
QUIETLY = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


AXE = Path(__file__).parents[2] / "data" / "axe" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
SERIOUS = ("serious", "critical")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, without a screen; without it the test is skipped, in CI it fails."""
    program = needs("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIETLY))
        yield browser
        browser.close()


def told(hub: Hub, sandbox: dict[str, Any]) -> None:
    """Let the demonstration happen in a store that is empty."""
    with hub.engine.begin() as connection:
        sync_scenarios(connection, hub.book)
    Story(hub, sandbox, Teller(Console(file=io.StringIO())), seed=0).tell()


@dataclass
class Look:
    """A page in a browser, and what the browser complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda one: self.complaints.append(f"failed: {one.url}"))

    def leave(self) -> None:
        """Turn away from the page and what it still asks for; forget what it complained of."""
        self.page.goto("about:blank")
        self.complaints.clear()

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@dataclass
class Pages:
    """The pages of a hub on a port, and a browser to open them in."""

    hub: Hub
    address: str
    browser: Browser

    @contextmanager
    def opened_by(
        self, *roles: Role, employee: UUID | None = None, **options: Any
    ) -> Iterator[Look]:
        """A window in which somebody with these roles has signed in."""
        options.setdefault("viewport", WIDE)
        context = self.browser.new_context(locale="ru-RU", base_url=self.address, **options)
        try:
            self.sign_in(context, *roles, employee=employee)
            yield Look(context.new_page())
        finally:
            context.close()

    def sign_in(self, context: BrowserContext, *roles: Role, employee: UUID | None = None) -> UUID:
        """Let somebody new into a window; the key of the person."""
        now = datetime.now(UTC)
        with self.hub.engine.begin() as connection:
            person = people.add(
                connection,
                f"reader-{uuid4()}",
                "Анна Чтец",
                roles=[role.value for role in roles],
                employee_id=employee,
            )
            until = now + timedelta(hours=8)
            token = sessions.open_session(connection, person.id, "link", now=now, until=until)
        context.add_cookies([{"name": cookies.SESSION, "value": token, "url": self.address}])
        return person.id

    def value(self, query: str, **given: Any) -> Any:
        """One value of the store."""
        with self.hub.engine.connect() as connection:
            return connection.execute(text(query), given).scalar()

    def awaited(self, query: str, but: Any, seconds: float = 30) -> Any:
        """The one value of a query, as soon as it is another than `but`."""
        ends = time.monotonic() + seconds
        while (found := self.value(query)) == but and time.monotonic() < ends:
            time.sleep(0.05)
        return found

    def execute(self, statement: str, **given: Any) -> None:
        """Change the store, as somebody with SQL would."""
        with self.hub.engine.begin() as connection:
            connection.execute(text(statement), given)


def violations(page: Page) -> list[str]:
    """What axe-core finds that keeps people from using the page."""
    # The policy of the page forbids scripts of others; the debugger's may be evaluated.
    page.evaluate(AXE.read_text(encoding="utf-8") + ";undefined")
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {json.dumps(RULES)})")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


@contextmanager
def pages_of(hub: Hub, browser: Browser) -> Iterator[Pages]:
    """The pages of a hub on a free port, for the block."""
    web = hub.settings.web
    assert web is not None
    url = hub.engine.url.render_as_string(hide_password=False)
    server = server_of(hub.settings, web, url, pause=0.02, house=house_of(hub))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        sockets = {"sockets": [listener]}
        thread = threading.Thread(target=server.run, kwargs=sockets, daemon=True)
        thread.start()
        yield Pages(hub, f"http://127.0.0.1:{listener.getsockname()[1]}", browser)
        server.should_exit = True
        thread.join(30)


@contextmanager
def carried(hub: Hub) -> Iterator[None]:
    """Somebody carries out what people ask for, as the fast lane does."""
    stopping = threading.Event()

    def work() -> None:
        while not stopping.wait(0.1):
            carry_requests(hub)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(30)
