"""What the last legs of a PBX tell about its health."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from provodka.connectors.telephony.channels import telephone_of
from provodka.connectors.telephony.legs import BadRow, Leg
from provodka.connectors.telephony.numbers import Kind, normalize
from provodka.connectors.telephony.source import Reach

__all__ = ["clock_offset", "extensions", "reach"]


def reach(
    legs: Sequence[Leg],
    bad: Sequence[BadRow] = (),
    *,
    lengths: Collection[int],
    offset: timedelta | None = None,
) -> Reach:
    """What a sample of the last rows tells; `lengths` are those of extensions, in digits."""
    legs = [leg for leg in legs if not leg.note]
    return Reach(
        clock_offset=offset,
        newest=max((leg.start for leg in legs), default=None),
        extensions=extensions(legs, lengths),
        understood=len(legs),
        unreadable=len(bad),
    )


def extensions(legs: Iterable[Leg], lengths: Collection[int]) -> frozenset[str]:
    """The office's telephones that took part in these legs."""
    named = (
        name
        for leg in legs
        for name in (leg.extension, telephone_of(leg.channel), telephone_of(leg.dstchannel))
    )
    told = (normalize(name, internal_lengths=lengths) for name in set(named))
    return frozenset(one.raw for one in told if one.kind is Kind.INTERNAL)


def clock_offset(date: str, now: datetime) -> timedelta | None:
    """The other side's clock minus ours, by the `Date` of its answer; None without one."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware - now
