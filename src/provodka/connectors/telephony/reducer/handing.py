"""How a call went from hand to hand: transfers, and numbers outside that it was passed to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from provodka.connectors.telephony.channels import dialled_number, telephone_of
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.numbers import Kind
from provodka.connectors.telephony.reducer.call import Direction, Handed
from provodka.connectors.telephony.reducer.view import View

__all__ = ["forwarded_to", "transfers"]

A_MOMENT = timedelta(seconds=1)


def transfers(view: View) -> tuple[Handed, ...]:
    """Each time the call was handed on, in order; what the PBX says itself goes first."""
    told = [
        Handed(leg.transfer, view.extension(leg), leg.transfer_to)
        for leg in view.legs
        if leg.transfer
    ]
    return tuple(dict.fromkeys(told or _seen(view)))


def _seen(view: View) -> Iterator[Handed]:
    """From rows alone: a talk on one channel that went on with another telephone."""
    talks = view.answered()
    for leg in talks:
        by = view.extension(leg)
        consulted = _consulted(view, leg, by)
        for after in view.people:
            to = view.extension(after)
            if to == by or not _continues(leg, after):
                continue
            yield Handed("attended" if to in consulted else "blind", by, to)
            break
        else:
            yield from (Handed("attended", by, to) for to in consulted if _outlives(view, leg, to))


def _continues(leg: Leg, after: Leg) -> bool:
    """Whether the caller's channel went on to another telephone when this talk ended."""
    return after.uniqueid == leg.uniqueid and after.start >= leg.end - A_MOMENT


def _consulted(view: View, leg: Leg, by: str) -> dict[str, None]:
    """Telephones that whoever talks called meanwhile, and that answered."""
    asked = (
        other
        for other in view.answered()
        if by
        and not other.channel.startswith("Local/")
        and telephone_of(other.channel) == by
        and other.uniqueid != leg.uniqueid
        and leg.start <= other.start <= leg.end
    )
    return dict.fromkeys(view.extension(other) for other in asked)


def _outlives(view: View, leg: Leg, telephone: str) -> bool:
    """Whether a telephone still talks when this talk has ended."""
    return any(
        view.extension(other) == telephone and other.end > leg.end + A_MOMENT
        for other in view.answered()
    )


def forwarded_to(view: View) -> str:
    """The number outside to which a call for the office was passed on; empty if none was."""
    if view.direction is Direction.OUT:
        return ""
    known = {view.client_number(), ""}
    for leg in view.legs:
        for text in _passed_to(leg):
            number = view.number(text)
            if number.kind is Kind.PHONE and number.best not in known:
                return number.best
    return ""


def _passed_to(leg: Leg) -> Iterator[str]:
    if leg.rang == "outside":
        yield leg.extension or leg.dst
    if leg.dstchannel:
        yield dialled_number(leg)
    if leg.channel.startswith("Local/"):
        yield leg.dst
