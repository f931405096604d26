"""The real door on a real port, in a thread, for tests that knock at it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import Engine, text

from provodka.flows.settings import HubSettings
from provodka.flows.web_process import server_of

__all__ = ["COMPANY", "Knocker", "settings", "standing_door"]

PATIENCE = 30
REFUSED = "SELECT coalesce(sum(count), 0) FROM hub.inbox_refusal WHERE system = ''"
COMPANY = {"company": {"name": "ООО «Ромашка»", "inn": "7707083893"}}


def settings(web: Mapping[str, Any], **others: Any) -> HubSettings:
    """Settings with a door."""
    return HubSettings.model_validate({**COMPANY, "web": web, **others})


class Knocker:
    """Somebody at the door, and what the store knows of it."""

    def __init__(self, port: int, engine: Engine) -> None:
        self.port = port
        self.engine = engine
        url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=url, timeout=30, verify=False)  # noqa: S501

    def rows(self, query: str, **given: Any) -> list[Any]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), given))

    def value(self, query: str, **given: Any) -> Any:
        """One value."""
        return self.rows(query, **given)[0][0]

    def awaited(self, query: str, **given: Any) -> Any:
        """The one value of a query, as soon as it is true of something."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            found = self.rows(query, **given)
            if found and found[0][0]:
                return found[0][0]
            time.sleep(0.02)
        raise AssertionError(f"never came true: {query}")

    def refused(self, reason: str) -> int:
        """How often requests were turned away for a reason, once that is counted."""
        count = "SELECT sum(count) FROM hub.inbox_refusal WHERE reason = :reason"
        return int(self.awaited(count, reason=reason))

    def forget(self) -> None:
        """Empty the inbox, once all that was refused before has been counted."""
        before = self.rows(REFUSED)[0][0]
        self.http.get("/hooks/nobody-at-all")
        self.awaited(f"SELECT ({REFUSED}) > :before", before=before)
        with self.engine.begin() as connection:
            connection.execute(text("TRUNCATE hub.inbox, hub.inbox_refusal"))
        self.http.cookies.clear()

    def raw(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


@contextmanager
def standing_door(company: HubSettings, url: str, engine: Engine) -> Iterator[Knocker]:
    """The door of a company, open for the block."""
    assert company.web is not None
    server = server_of(company, company.web, url, pause=0.02)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    knocker = Knocker(port, engine)
    try:
        yield knocker
    finally:
        knocker.http.close()
        server.should_exit = True
        thread.join(30)
        listener.close()
