"""Calls as the exchange logs them: which rows a conversation leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from provodka.sandbox.pbx.records import Row

DID = "73430000001"
GROUP = "600"
EXTENSIONS = ("101", "102", "103")
INBOUND, OUTBOUND, INTERNAL = "from-trunk", "from-internal", "ext-local"
RING_TIMEOUT = 25


@dataclass(frozen=True, slots=True)
class Call:
    """What happens: who, when (aware, in the exchange's zone), seconds of ringing and of talk."""

    phone: str
    extension: str
    start: datetime
    wait: int
    talk: int


class Ids:
    """Numbers that the exchange gives to channels and rows; `sequence` restarts with it."""

    def __init__(self, unique: int, sequence: int) -> None:
        self.unique = unique
        self.sequence = sequence

    def channel(self, name: str) -> str:
        """A channel's name with its number."""
        self.unique += 1
        return f"PJSIP/{name}-{self.unique:08x}"

    def uniqueid(self, start: datetime) -> str:
        """`epoch.number` of a channel."""
        self.unique += 1
        return f"{int(start.timestamp())}.{self.unique}"

    def next(self) -> int:
        """The sequence number of a row."""
        self.sequence += 1
        return self.sequence


Scene = Callable[[Call, Ids], list[Row]]


def _national(phone: str) -> str:
    return f"8{phone[1:]}" if len(phone) == 11 and phone.startswith("7") else phone


def _row(call: Call, ids: Ids, uid: str, channel: str, talk: int | None, status: str) -> Row:
    return Row(
        src=_national(call.phone),
        dst=DID,
        context=INBOUND,
        channel=channel,
        uniqueid=uid,
        linkedid=uid,
        sequence=ids.next(),
        start=call.start,
        duration=call.wait + (talk or 0),
        talk=talk,
        disposition=status,
        lastdata=f"PJSIP/{call.extension},{RING_TIMEOUT},tr",
    )


def incoming(call: Call, ids: Ids) -> list[Row]:
    """A client calls the city number and one employee answers."""
    uid, channel = ids.uniqueid(call.start), ids.channel("trunk")
    row = _row(call, ids, uid, channel, call.talk, "ANSWERED")
    return [replace(row, dstchannel=ids.channel(call.extension))]


def missed(call: Call, ids: Ids) -> list[Row]:
    """Nobody answers before the timeout: every extension rang, then the line was hung up."""
    uid, channel = ids.uniqueid(call.start), ids.channel("trunk")
    dialled = "&".join(f"PJSIP/{name}" for name in EXTENSIONS)
    rows = [
        replace(
            _row(call, ids, uid, channel, None, "NO ANSWER"),
            dst=GROUP,
            context="ext-group",
            dstchannel=ids.channel(name),
            lastdata=f"{dialled},{RING_TIMEOUT},tr",
        )
        for name in EXTENSIONS
    ]
    hangup = replace(
        _row(call, ids, uid, channel, None, "FAILED"),
        start=call.start + timedelta(seconds=call.wait),
        duration=0,
        lastapp="Hangup",
        lastdata="",
    )
    return [*rows, hangup]


def abandoned(call: Call, ids: Ids) -> list[Row]:
    """The caller hangs up in the queue; the greeting made `billsec` positive all the same."""
    uid, channel = ids.uniqueid(call.start), ids.channel("trunk")
    row = _row(call, ids, uid, channel, call.wait, "NO ANSWER")
    return [
        replace(
            row,
            dst="700",
            context="ext-queues",
            lastapp="Queue",
            lastdata="700,t,,",
            duration=call.wait,
        )
    ]


def group(call: Call, ids: Ids) -> list[Row]:
    """A ring group: a row for each extension that rang, one of them answered."""
    uid, channel = ids.uniqueid(call.start), ids.channel("trunk")
    dialled = "&".join(f"PJSIP/{name}" for name in EXTENSIONS)
    rows = []
    for name in EXTENSIONS:
        answered = name == call.extension
        row = _row(
            call, ids, uid, channel, call.talk if answered else None,
            "ANSWERED" if answered else "NO ANSWER",
        )  # fmt: skip
        rows.append(
            replace(
                row,
                dst=GROUP,
                context="ext-group",
                dstchannel=ids.channel(name),
                lastdata=f"{dialled},{RING_TIMEOUT},tr",
            )
        )
    return sorted(rows, key=lambda row: row.duration)


def transfer(call: Call, ids: Ids) -> list[Row]:
    """A blind transfer: both rows show the target extension and the DID is gone."""
    uid, channel = ids.uniqueid(call.start), ids.channel("trunk")
    target = next(name for name in EXTENSIONS if name != call.extension)
    before = min(10, call.talk)
    first = _row(call, ids, uid, channel, before, "ANSWERED")
    second = _row(call, ids, uid, channel, call.talk, "ANSWERED")
    return [
        replace(first, dst=target, dstchannel=ids.channel(call.extension)),
        replace(
            second,
            dst=target,
            context=INTERNAL,
            dstchannel=ids.channel(target),
            start=call.start + timedelta(seconds=call.wait + before),
            duration=call.talk + 3,
            lastdata=f"PJSIP/{target},{RING_TIMEOUT},tr",
        ),
    ]


def outgoing(call: Call, ids: Ids) -> list[Row]:
    """An employee calls a client, who answers."""
    return [_outgoing(call, ids, call.talk, "ANSWERED")]


def busy(call: Call, ids: Ids) -> list[Row]:
    """An employee calls a client, whose line is engaged."""
    return [_outgoing(call, ids, None, "BUSY")]


def _outgoing(call: Call, ids: Ids, talk: int | None, status: str) -> Row:
    uid, channel = ids.uniqueid(call.start), ids.channel(call.extension)
    number = _national(call.phone)
    return replace(
        _row(call, ids, uid, channel, talk, status),
        src=call.extension,
        dst=number,
        context=OUTBOUND,
        dstchannel=ids.channel("trunk"),
        lastdata=f"PJSIP/{number}@trunk,300,T",
    )


SCENES: dict[str, Scene] = {
    "incoming": incoming,
    "missed": missed,
    "abandoned": abandoned,
    "group": group,
    "transfer": transfer,
    "outgoing": outgoing,
    "busy": busy,
}
"""Kinds of calls by name."""
