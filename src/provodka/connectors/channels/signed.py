"""A gateway of the company's own: signed calls, repeated under the same key without harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from provodka.connectors.channel import Fate, Taken, TextMessage, Told
from provodka.connectors.signed_calls import SignedCalls

__all__ = ["SignedGateway"]


@dataclass(frozen=True)
class SignedGateway:
    """Gives texts to the gateway of a channel (`sms`, `messenger`), which sends each key once."""

    channel: str
    calls: SignedCalls
    clock: Callable[[], datetime]
    tells_fate: bool = False

    def marker(self, key: str) -> str:
        """The key itself travels with the call."""
        return key

    def send(self, key: str, content: TextMessage, *, before: Callable[[], None]) -> Taken:
        """Call the gateway. Raises what `SignedCalls.post` does."""
        said = {"key": key, "channel": self.channel, "to": content.to, "text": content.text}
        before()
        self.calls.post(said, key=key, at=self.clock())
        return Taken(key)

    def look_up(self, _key: str, _content: TextMessage) -> Taken | None:
        """Nothing to look up: the gateway knows a repeat by its key."""
        return None

    def ask(self, _external_id: str, _to: str) -> Told:
        """The contract of signed calls has no deliveries in it."""
        return Told(Fate.ACCEPTED)
