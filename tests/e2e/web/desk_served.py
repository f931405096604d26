"""The water company on a port, with a browser to look at it, and a hub that does what is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, Page, expect
from tests.databases import copied
from tests.e2e.web.served import Pages, pages_of
from tests.flow.web_pages.desk_room import Room, room_with

from provodka.connectors.crm_store.engine import open_engine

__all__ = ["PATIENCE", "Served", "at_work", "go_offline", "go_online", "tab_to", "until"]

PAUSE = 0.1
PATIENCE = 30_000


@dataclass
class Served:
    """The company, and its pages."""

    room: Room
    pages: Pages

    def stop(self, courier: UUID | None = None) -> str:
        """A stop of Petrov's, or of another's, for this hour: its number."""
        at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return str(self.room.stop(courier=courier, at=at).number)

    def value(self, query: str, number: str) -> Any:
        """One value of a stop."""
        return self.pages.value(f"SELECT {query} FROM crm.delivery WHERE number = :n", n=number)


@contextmanager
def at_work(server: str, template: str, browser: Browser, folder: Path) -> Iterator[Served]:
    """The company in a store of its own, whose hub works while the block lasts."""
    with copied(server, template) as url:
        engine = open_engine(url, name="test")
        with (
            room_with(engine, folder, lambda: datetime.now(UTC)) as room,
            _working(room),
            pages_of(room.hub, browser) as pages,
        ):
            yield Served(room, pages)
        engine.dispose()


@contextmanager
def _working(room: Room) -> Iterator[None]:
    over = threading.Event()

    def work() -> None:
        while not over.wait(PAUSE):
            room.carry()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(30)


def go_offline(page: Page) -> None:
    """Take the connection away."""
    page.context.set_offline(True)
    expect(page.locator("#state")).to_contain_text("Нет связи", timeout=PATIENCE)


def go_online(page: Page) -> None:
    """Give it back."""
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def tab_to(page: Page, name: str) -> None:
    """Go on by the keyboard until what is called so has the focus."""
    called = "(one => one.ariaLabel || one.textContent.trim())(document.activeElement)"
    for _time in range(60):
        if page.evaluate(called) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not lead to {name}")


def until(page: Page, true: Callable[[], Any]) -> None:
    """Wait for a condition, as long as a busy machine needs; the browser's routes go on."""
    for _time in range(300):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it has not come about")
