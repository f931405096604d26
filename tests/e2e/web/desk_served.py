"""The water company on a port, with a browser to look at it, and a hub that does what is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser
from tests.databases import copied
from tests.e2e.web.served import Pages, pages_of
from tests.flow.web_pages.desk_room import Room, room_with

from provodka.connectors.crm_store.engine import open_engine

__all__ = ["Served", "at_work"]

PAUSE = 0.1


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
