"""Hubs that can be killed between any two statements or requests, and what disturbs them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import httpx
from sqlalchemy import event, text
from tests.e2e.company import run
from tests.property.machine.places import Place

from provodka.flows.hub import Hub, open_hub

__all__ = ["Died", "Hubs", "Wire"]

ENTRY = re.compile(
    rb"\n\t<(?P<tag>entry|at:deleted-entry)\b.*?(?:</entry>|/>)(?=\n\t<|\n?</feed)", re.S
)
KILL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'provodka'
"""


class Died(BaseException):
    """The process is no more."""


@dataclass
class Wire:
    """What lies between the hub and everything else: counts, interrupts, disorders.

    `left` is how many statements and requests are left until the hub dies; a dead hub does
    nothing more. `meanwhile` is called once, before the request after `requests` others.
    `disorder` shuffles the changes of a message and repeats some.
    """

    left: int = 0
    dead: bool = False
    requests: int = 0
    meanwhile: Callable[[], None] | None = None
    disorder: random.Random | None = None

    def passed(self, *_given: Any, **_more: Any) -> None:
        """A statement or a request goes by."""
        if self.dead:
            raise Died
        if self.left:
            self.left -= 1
            if not self.left:
                self.dead = True
                raise Died

    def send(self, send: Any, client: httpx.Client, request: httpx.Request, **how: Any) -> Any:
        """A request of the hub on its way, and its answer on the way back."""
        if request.headers.get("User-Agent") != "provodka":
            return send(client, request, **how)
        self._interrupt()
        self.passed()
        answer = send(client, request, **how)
        if self.left or self.dead:
            answer.read()
            self.passed()
        if self.disorder and "SelectChanges" in str(request.url) and answer.status_code == 200:
            return self._disordered(self.disorder, answer)
        return answer

    def _interrupt(self) -> None:
        if self.meanwhile is None:
            return
        self.requests -= 1
        if self.requests < 0:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()

    def _disordered(self, dice: random.Random, answer: httpx.Response) -> httpx.Response:
        body = answer.read()
        found = list(ENTRY.finditer(body))
        if not found:
            return httpx.Response(200, headers=_plain(answer), content=body, request=answer.request)
        entries = [one[0] for one in found]
        entries += [one for one in entries if dice.random() < 0.3]
        dice.shuffle(entries)
        body = body[: found[0].start()] + b"".join(entries) + body[found[-1].end() :]
        return httpx.Response(200, headers=_plain(answer), content=body, request=answer.request)


def _plain(answer: httpx.Response) -> dict[str, str]:
    return {"Content-Type": answer.headers["Content-Type"]}


@dataclass
class Hubs:
    """Processes that run the hub on one place; each begins where the last one has died."""

    place: Place
    wire: Wire = field(default_factory=Wire)
    troubles: list[dict[str, Any]] = field(default_factory=list)
    ahead: timedelta = timedelta()
    deaths: int = 0
    _opened: Any = None
    _hub: Hub | None = None

    @property
    def hub(self) -> Hub:
        """The living one; started if there is none."""
        if self._hub is None:
            self._opened = open_hub(self.place.environment, clock=self.clock)
            self._hub = self._opened.__enter__()
            for moment in ("before_cursor_execute", "commit"):
                event.listen(self._hub.engine, moment, self.wire.passed)
        return self._hub

    def clock(self) -> datetime:
        """What the hub takes for the time."""
        return datetime.now(UTC) + self.ahead

    def run(self, *streams: str) -> None:
        """Run streams; a hub that dies in it is gone, with all that it held in the database."""
        send = httpx.Client.send
        wire = self.wire

        def on_its_way(client: httpx.Client, request: httpx.Request, **how: Any) -> Any:
            return wire.send(send, client, request, **how)

        with patch.object(httpx.Client, "send", on_its_way), self._troubled():
            try:
                run(self.hub, *streams)
            except Died:
                self.bury()
            finally:
                wire.left, wire.meanwhile = 0, None

    @contextmanager
    def _troubled(self) -> Iterator[None]:
        """The base misbehaves towards the hub, and not towards people."""
        self.misbehave()
        try:
            yield
        finally:
            self.behave()

    def misbehave(self) -> None:
        """Put the troubles in force."""
        for trouble in self.troubles:
            self.place.sandbox.fault(**trouble)

    def behave(self) -> None:
        """Take back those of the troubles that have not happened yet."""
        if self.troubles:
            left = self.place.sandbox.control.get("faults").json()
            names = ("kind", "count", "method", "path")
            self.troubles[:] = [{name: one[name] for name in names} for one in left["faults"]]
            self.place.sandbox.mend()

    def bury(self) -> None:
        """What the operating system does with a dead process."""
        self.deaths += 1
        opened, self._opened, self._hub = self._opened, None, None
        with self.place.operator.connect() as connection:
            connection.execute(text(KILL))
        self.wire.dead, self.wire.left = False, 0
        if opened is not None:
            opened.__exit__(None, None, None)

    def close(self) -> None:
        """Stop the living one in good order."""
        if self._opened is not None:
            self._opened.__exit__(None, None, None)
            self._opened = self._hub = None
