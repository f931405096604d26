"""Whether there is anything to warn of: what was seen against the limits. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from provodka.trigger_rules.health import MOST_FAILURES

__all__ = ["Alert", "Limits", "News", "Seen", "decide", "news"]

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond what a person is warned; `None` and streams that are not named are not watched."""

    freshness: Mapping[str, timedelta] = field(default_factory=dict)
    set_aside_share: Decimal | None = None
    conflicts: int | None = None
    outbox_age: timedelta | None = None
    parked_age: timedelta | None = None
    drift: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """How the hub is doing at one moment.

    `fresh` has for each stream in use when it last ended well (or began to be run at all);
    `shares` (set aside, read) of the last run of each stream that read anything;
    `oldest_errand` and `oldest_parked` since when the oldest waits, by target and by stream;
    `drift` how many documents the last sweep of each stream left in disagreement with 1C;
    `disabled` how often each rule of triggers failed in a row before it was switched off.
    """

    at: datetime
    fresh: Mapping[str, datetime] = field(default_factory=dict)
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    conflicts: int = 0
    oldest_errand: Mapping[str, datetime] = field(default_factory=dict)
    oldest_parked: Mapping[str, datetime] = field(default_factory=dict)
    drift: Mapping[str, int] = field(default_factory=dict)
    disabled: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing beyond its limit; `found` and `limit` are spans, counts or shares in percent."""

    rule: str
    subject: str
    found: Any
    limit: Any

    @property
    def name(self) -> Name:
        """What makes two findings the same occurrence."""
        return self.rule, self.subject


@dataclass(frozen=True, slots=True)
class News:
    """What has begun since the last look, and what is over."""

    begun: tuple[Alert, ...]
    over: frozenset[Name]


def decide(seen: Seen, limits: Limits) -> tuple[Alert, ...]:
    """Everything beyond its limit, in the order of the rules."""
    return tuple(_found(seen, limits))


def news(open_now: Collection[Name], found: Sequence[Alert]) -> News:
    """What of it people have not been told yet, and which of the open occurrences have passed."""
    names = {one.name for one in found}
    begun = tuple(one for one in found if one.name not in open_now)
    return News(begun, frozenset(name for name in open_now if name not in names))


def _found(seen: Seen, limits: Limits) -> Iterator[Alert]:
    for stream, patience in limits.freshness.items():
        if stream in seen.fresh:
            yield from _older("freshness", stream, seen.at - seen.fresh[stream], patience)
    if limits.set_aside_share is not None:
        for stream, (aside, read) in seen.shares.items():
            share = Decimal(aside * 100) / read if read else Decimal(0)
            if share > limits.set_aside_share:
                yield Alert("set_aside", stream, round(share, 1), limits.set_aside_share)
    if limits.conflicts is not None and seen.conflicts > limits.conflicts:
        yield Alert("conflicts", "", seen.conflicts, limits.conflicts)
    for target, since in seen.oldest_errand.items():
        yield from _older("outbox", target, seen.at - since, limits.outbox_age)
    for stream, since in seen.oldest_parked.items():
        yield from _older("parked", stream, seen.at - since, limits.parked_age)
    if limits.drift is not None:
        for stream, count in seen.drift.items():
            if count > limits.drift:
                yield Alert("drift", stream, count, limits.drift)
    for name, failures in seen.disabled.items():
        yield Alert("rule", name, failures, MOST_FAILURES)


def _older(rule: str, subject: str, age: timedelta, patience: timedelta | None) -> Iterator[Alert]:
    if patience is not None and age > patience:
        yield Alert(rule, subject, age, patience)
