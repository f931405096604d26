"""What channel event logging (CEL) knows beyond the rows of the call log.

A blind transfer destroys the number that was called in all rows of a call, and no row says who
handed it on: the events do.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from provodka.connectors.telephony.channels import telephone_of
from provodka.connectors.telephony.legs import Leg, Transfer

__all__ = ["EVENTS", "enriched"]

EVENTS = ("CHAN_START", "BLINDTRANSFER", "ATTENDEDTRANSFER")
DID = re.compile(r"\+?\d{5,}")

Event = Mapping[str, str]
"""A row of `cel`: `eventtype, exten, channame, uniqueid, linkedid, extra`, in order of time."""


def enriched(legs: Sequence[Leg], events: Iterable[Event]) -> list[Leg]:
    """The legs with the number that was called, and with transfers by whoever made them."""
    by_call: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_call[event.get("linkedid", "")].append(event)
    return [_told(leg, by_call.get(leg.linkedid, ())) for leg in legs]


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
