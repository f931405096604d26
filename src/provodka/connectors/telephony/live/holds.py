"""Events of a manager interface → how long a call was on hold, which no row of the log tells."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.live.wire import Message

__all__ = ["HoldWatch", "held"]

MOST_HELD = 10_000
"""Channels on hold remembered at once; the oldest are forgotten first."""


class HoldWatch:
    """Follows `Hold`, `Unhold` and `Hangup` of the channels of one PBX (Asterisk 12 and newer)."""

    def __init__(self) -> None:
        self._since: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def heed(self, event: Message, now: datetime) -> Sequence[Leg]:
        """The hold that an event ends, as a note for its call; nothing for other events."""
        name, channel = event.get("event", "").lower(), event.get("uniqueid", "")
        if name == "hold" and channel and event.get("linkedid"):
            self._since.setdefault(channel, (event["linkedid"], now))
            while len(self._since) > MOST_HELD:
                self._since.popitem(last=False)
        elif name in ("unhold", "hangup") and channel in self._since:
            call, since = self._since.pop(channel)
            return [held(call, channel, since, now)] if now > since else []
        return []


def held(call: str, channel: str, start: datetime, end: datetime) -> Leg:
    """A note that a channel of a call was on hold."""
    return Leg(
        uniqueid=channel,
        linkedid=call,
        sequence=f"hold-{start.timestamp():.3f}",
        start=start,
        end=end,
        note=True,
    )
