"""What channel event logging (CEL) knows beyond the rows of the call log.

A blind transfer destroys the number that was called in all rows of a call, and no row says who
handed it on: the events do. Asterisk writes no events of hold by itself; where the dialplan writes
`HOLD` and `UNHOLD` (`CELGenUserEvent`), they tell how long a call was held.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from provodka.connectors.telephony.channels import telephone_of
from provodka.connectors.telephony.legs import Leg, Transfer
from provodka.connectors.telephony.live.holds import held
from provodka.connectors.telephony.rows import aware

__all__ = ["EVENTS", "enriched"]

HOLDS = ("HOLD", "UNHOLD")
HANGUP = "HANGUP"
EVENTS = ("CHAN_START", "BLINDTRANSFER", "ATTENDEDTRANSFER", "USER_DEFINED", HANGUP, *HOLDS)
DID = re.compile(r"\+?\d{5,}")

Event = Mapping[str, str]
"""A row of `cel`, in order of time: `eventtype, eventtime, exten, channame, uniqueid, linkedid,
extra`, and `userdeftype` where there is one."""


def enriched(legs: Sequence[Leg], events: Iterable[Event], zone: ZoneInfo) -> list[Leg]:
    """The legs with the number that was called, transfers by whoever made them, and notes of hold.

    `zone` is the zone that the events' times are written in.
    """
    by_call: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_call[event.get("linkedid", "")].append(event)
    started = {leg.linkedid: leg.start for leg in reversed(legs)}
    notes = (_holds(by_call[call], zone, start) for call, start in started.items())
    told = [_told(leg, by_call.get(leg.linkedid, ())) for leg in legs]
    return [*told, *(note for some in notes for note in some)]


def _holds(events: Sequence[Event], zone: ZoneInfo, near: datetime) -> Iterator[Leg]:
    """Each span from a channel's HOLD to its UNHOLD, or to its end."""
    since: dict[str, datetime] = {}
    for event in events:
        kind, channel = _kind(event), event.get("uniqueid", "")
        if kind not in (*HOLDS, HANGUP) or not channel:
            continue
        at = _moment(event, zone, near)
        if kind == "HOLD" and at is not None:
            since.setdefault(channel, at)
        elif kind != "HOLD" and (start := since.pop(channel, None)) and at and at > start:
            yield held(event["linkedid"], channel, start, at)


def _kind(event: Event) -> str:
    kind = event["eventtype"].upper()
    return event.get("userdeftype", "").upper() if kind == "USER_DEFINED" else kind


def _moment(event: Event, zone: ZoneInfo, near: datetime) -> datetime | None:
    try:
        return aware(datetime.fromisoformat(event.get("eventtime", "")), zone, near)
    except ValueError:
        return None


def _told(leg: Leg, events: Sequence[Event]) -> Leg:
    if not leg.did and leg.uniqueid == leg.linkedid:
        leg = replace(leg, did=_called(leg, events))
    for event in events:
        if event.get("channame") and event["channame"] == leg.dstchannel:
            how, whereto = _transfer(event)
            leg = replace(leg, transfer=how, transfer_to=whereto) if how else leg
    return leg


def _called(leg: Leg, events: Sequence[Event]) -> str:
    started = (
        event.get("exten", "")
        for event in events
        if event["eventtype"] == "CHAN_START" and event.get("uniqueid") == leg.uniqueid
    )
    return next((exten for exten in started if DID.fullmatch(exten)), "")


def _transfer(event: Event) -> tuple[Transfer, str]:
    try:
        extra = json.loads(event.get("extra") or "{}")
    except ValueError:
        extra = {}
    told = extra if isinstance(extra, dict) else {}
    if event["eventtype"] == "BLINDTRANSFER":
        return "blind", str(told.get("extension", ""))
    if event["eventtype"] == "ATTENDEDTRANSFER":
        return "attended", telephone_of(str(told.get("transfer_target_channel_name", "")))
    return "", ""
