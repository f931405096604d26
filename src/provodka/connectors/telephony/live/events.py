"""Events of a manager interface → calls while they happen. Pure: the time is passed in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from provodka.connectors.telephony.channels import telephone_of
from provodka.connectors.telephony.live.mikopbx import said
from provodka.connectors.telephony.live.wire import Message
from provodka.connectors.telephony.numbers import INTERNAL_LENGTHS, Kind, normalize
from provodka.connectors.telephony.source import LiveCall

__all__ = ["CallWatch"]

Way = Literal["in", "out", "internal"]
State = Literal["ringing", "answered", "ended"]
MOST_CALLS = 10_000
"""Calls remembered at once; those whose end was never told are forgotten, the oldest first."""
DIALS = ("dial", "transfer_dial")
ANSWERS = ("dial_answer", "transfer_dial_answer")


@dataclass(slots=True)
class _Heard:
    """What is known of a call that goes on."""

    direction: Way
    number: str
    did: str
    told: tuple[State, str] | None = None


class CallWatch:
    """Follows the calls of one PBX by its events.

    `internal_lengths` are the lengths of its extensions in digits. Events of channels and of
    MikoPBX's `CdrConnector` are understood, others are passed over.
    """

    def __init__(self, internal_lengths: Collection[int] = INTERNAL_LENGTHS) -> None:
        self._lengths = internal_lengths
        self._calls: OrderedDict[str, _Heard] = OrderedDict()
        self._readers: Mapping[str, Callable[[Message, datetime], Iterator[LiveCall]]] = {
            "newchannel": self._began,
            "dialbegin": self._rings,
            "bridgeenter": self._talks,
            "hangup": self._ended,
            "userevent": self._miko,
        }

    def heed(self, event: Message, now: datetime) -> list[LiveCall]:
        """What an event says anew; nothing that was said before is said again."""
        reader = self._readers.get(event.get("event", "").lower())
        return list(reader(event, now)) if reader else []

    def _began(self, event: Message, now: datetime) -> Iterator[LiveCall]:
        key = event.get("linkedid", "")
        if not key or key != event.get("uniqueid") or event.get("channel", "").startswith("Local/"):
            return
        caller, dialled = event.get("calleridnum", ""), event.get("exten", "")
        telephone = telephone_of(event.get("channel", ""))
        inside = self._inside(telephone) or self._inside(caller)
        way: Way = "in" if not inside else "internal" if self._inside(dialled) else "out"
        number = caller if way == "in" else dialled if way == "out" else ""
        did = dialled if way == "in" and len(dialled) > max(self._lengths) else ""
        self._remember(key, _Heard(way, number, did))
        extension = (telephone if self._inside(telephone) else caller) if inside else ""
        yield from self._tell(key, "ringing", extension, now)

    def _rings(self, event: Message, now: datetime) -> Iterator[LiveCall]:
        key = event.get("linkedid") or event.get("destlinkedid", "")
        heard = self._calls.get(key)
        if heard is None or event.get("destchannel", "").startswith("Local/"):
            return
        telephone = telephone_of(event.get("destchannel", ""))
        if heard.direction != "out":
            if self._inside(telephone):
                yield from self._tell(key, "ringing", telephone, now)
        elif not heard.number and heard.told is not None:
            heard.number = _dialled(event.get("dialstring", ""))
            yield self._call(key, heard, *heard.told, now)

    def _talks(self, event: Message, now: datetime) -> Iterator[LiveCall]:
        """A telephone of the office, or the far end of a call of ours, has come to talk."""
        key = event.get("linkedid", "")
        heard = self._calls.get(key)
        if heard is None or event.get("channel", "").startswith("Local/"):
            return
        telephone = telephone_of(event.get("channel", ""))
        if heard.direction == "out":
            if not self._inside(telephone):
                extension = heard.told[1] if heard.told else ""
                yield from self._tell(key, "answered", extension, now)
        elif self._inside(telephone) and event.get("uniqueid") != key:
            yield from self._tell(key, "answered", telephone, now)

    def _ended(self, event: Message, now: datetime) -> Iterator[LiveCall]:
        key = event.get("linkedid", "")
        if key and key == event.get("uniqueid"):
            yield from self._over(key, now)

    def _miko(self, event: Message, now: datetime) -> Iterator[LiveCall]:
        if event.get("userevent") != "CdrConnector":
            return
        told = said(event.get("agidata", ""))
        action, key = told.get("action", ""), told.get("linkedid", "")
        if not key:
            return
        if action in DIALS:
            yield from self._miko_dials(key, told, now)
        elif action in ANSWERS and key in self._calls:
            heard = self._calls[key]
            outward = heard.direction == "out"
            telephone = telephone_of(told.get("agi_channel", ""))
            mine = heard.told[1] if outward and heard.told else telephone
            yield from self._tell(key, "answered", mine if self._inside(mine) else "", now)
        elif action == "hangup_chan" and self._is_first(told):
            yield from self._over(key, now)

    def _miko_dials(self, key: str, told: Mapping[str, str], now: datetime) -> Iterator[LiveCall]:
        source, target = told.get("src_num", ""), told.get("dst_num", "")
        inside = self._inside(source)
        if key not in self._calls:
            way: Way = "in" if not inside else "internal" if self._inside(target) else "out"
            number = source if way == "in" else target if way == "out" else ""
            self._remember(key, _Heard(way, number, told.get("did", "") if way == "in" else ""))
        heard = self._calls[key]
        heard.did = heard.did or (told.get("did", "") if heard.direction == "in" else "")
        rung = source if heard.direction == "out" else target
        yield from self._tell(key, "ringing", rung if self._inside(rung) else "", now)

    def _is_first(self, told: Mapping[str, str]) -> bool:
        """Whether the channel that began the call hangs up: its id is the call's own."""
        return told.get("UNIQUEID", "").startswith(told["linkedid"]) or not told.get("UNIQUEID")

    def _inside(self, number: str) -> bool:
        return normalize(number, internal_lengths=self._lengths).kind is Kind.INTERNAL

    def _remember(self, key: str, heard: _Heard) -> None:
        self._calls.setdefault(key, heard)
        while len(self._calls) > MOST_CALLS:
            self._calls.popitem(last=False)

    def _tell(self, key: str, state: State, extension: str, now: datetime) -> Iterator[LiveCall]:
        heard = self._calls[key]
        talking = heard.told is not None and heard.told[0] == "answered"
        if heard.told == (state, extension) or (state == "ringing" and talking):
            return
        heard.told = (state, extension)
        yield self._call(key, heard, state, extension, now)

    def _over(self, key: str, now: datetime) -> Iterator[LiveCall]:
        heard = self._calls.pop(key, None)
        if heard is not None:
            extension = heard.told[1] if heard.told else ""
            yield self._call(key, heard, "ended", extension, now)

    def _call(
        self, key: str, heard: _Heard, state: State, extension: str, now: datetime
    ) -> LiveCall:
        return LiveCall(
            source_call_key=key,
            state=state,
            direction=heard.direction,
            client_number=heard.number,
            did=heard.did,
            extension=extension,
            at=now,
        )


def _dialled(target: str) -> str:
    """The number in a dial string: `89990000000@trunk` or `trunk/89990000000`."""
    return target.partition("@")[0].rpartition("/")[2]
