"""A base whose every write passes through somebody's hand, who may send it, note it or refuse it.

The writer above is the same, so what the hand is given is the very body that goes over the wire:
looked up by its marker, completed from the stored lines, and checked as always.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.odata.transport import Transport

__all__ = ["Hand", "HandedTransport", "Send"]

T = TypeVar("T")
Send = Callable[[], Any]


class Hand(Protocol):
    """Decides about each write to a base."""

    def row(self, path: str) -> dict[str, Any] | None:
        """An object that only this hand knows of (it has noted its creation), by its path."""
        ...

    def saw(self, path: str, row: Any) -> None:
        """An object was read from the base."""
        ...

    def write(self, method: str, path: str, body: dict[str, Any] | None, send: Send) -> Any:
        """What the base answers to a write; `send()` sends it."""
        ...


class HandedTransport(Transport):
    """The requests of another transport, its writes handed over; shares its connections."""

    def __init__(self, real: Transport, hand: Hand) -> None:
        self.settings = real.settings
        self.pacer = real.pacer
        self.session = real.session
        self.if_match = real.if_match
        self._real = real
        self._hand = hand

    def guarded(self, before_write: Callable[[], None]) -> HandedTransport:
        """The same hand over guarded connections."""
        return HandedTransport(self._real.guarded(before_write), self._hand)

    def close(self) -> None:
        """Nothing: the connections belong to the other transport."""

    def read(
        self,
        path: str,
        query: str,
        understand: Callable[[HttpAnswer], T],
        *,
        method: str = "GET",
        table: str = "",
        heavy: bool = False,
    ) -> T:
        """As the other transport reads."""
        return self._real.read(path, query, understand, method=method, table=table, heavy=heavy)

    def read_json(self, path: str, query: str) -> Any:
        """GET a JSON document; of an object that the hand made up, what it says."""
        known = self._hand.row(path)
        if known is not None:
            return dict(known)
        found = self._real.read_json(path, query)
        self._hand.saw(path, found)
        return found

    def write(
        self,
        method: str,
        path: str,
        query: str,
        body: dict[str, Any] | None,
        *,
        version: str = "",
    ) -> Any:
        """Hand a change over."""

        def send() -> Any:
            return self._real.write(method, path, query, body, version=version)

        return self._hand.write(method, path, body, send)
