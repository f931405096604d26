"""How a guest behaves in somebody's base: pure decisions over times that are passed in.

Heavy reading (sets page by page, virtual tables, `$metadata`) takes no more than its share of the
base's time: after a request that took t seconds it rests t · (100 / share − 1). All requests count,
but only heavy reading rests: what a person waits for, a write and the look-ups that belong to it,
goes at once, and the next heavy read rests for it too.

A base that answers much slower than is usual for it is busy with its own people, so heavy reading
rests longer, by the seconds that the answer took over the usual; as answers become quick again, so
does the reading. Usual is a slow average of seconds per byte, by set: a large page takes longer
than a small one and says nothing of the base.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Guest", "Manners"]

FIXED_COST = 65_536
"""Bytes whose sending takes about as long as a request without any."""

SLOW_AVERAGE = 0.05
ENOUGH = 5
NOTICEABLE = 0.05


@dataclass(frozen=True, slots=True)
class Manners:
    """`share` is the percentage of the base's time that reading may take, 100 without rests.

    `slow` is how many times slower than usual an answer must be to be taken for a busy base.
    `longest_rest` bounds what is added for that, in seconds. After `idle` seconds without a request
    the base's process may have gone to sleep, and the first answer may take `waking` seconds.
    """

    share: float = 50.0
    slow: float = 2.0
    longest_rest: float = 30.0
    idle: float = 300.0
    waking: float = 60.0


@dataclass(slots=True)
class _Usual:
    cost: float = 0.0
    seen: int = 0

    def learn(self, cost: float) -> None:
        self.seen += 1
        weight = max(SLOW_AVERAGE, 1 / self.seen)
        self.cost += (cost - self.cost) * weight


@dataclass(slots=True)
class Guest:
    """What is remembered of one base. Moments are seconds of a clock that only goes forward."""

    manners: Manners = field(default_factory=Manners)
    _resting_until: float = 0.0
    _last_end: float | None = None
    _usual: dict[str, _Usual] = field(default_factory=dict)

    def rest(self, now: float) -> float:
        """Seconds for which heavy reading has still to rest."""
        return max(0.0, self._resting_until - now)

    def asleep(self, now: float) -> bool:
        """Whether the base may have gone to sleep: its first answer then takes long."""
        return self._last_end is None or now - self._last_end >= self.manners.idle

    def slowness(self, kind: str, seconds: float, size: int) -> float:
        """How many times slower than usual an answer of `size` bytes was; 1 while unknown."""
        usual = self._usual.get(kind)
        if usual is None or usual.seen < ENOUGH or usual.cost <= 0:
            return 1.0
        return seconds / (size + FIXED_COST) / usual.cost

    def answered(self, kind: str, seconds: float, size: int, now: float) -> float:
        """Take in an answer that has just come; how many times slower than usual it was.

        `kind` is what the usual is kept for (a set). The first answer after a sleep is not usual.
        """
        woken = self.asleep(now - seconds)
        slowness = 1.0 if woken else self.slowness(kind, seconds, size)
        rest = seconds * (100 / self.manners.share - 1)
        if slowness >= self.manners.slow and seconds >= NOTICEABLE:
            over = seconds - seconds / slowness
            rest += min(over * (slowness - 1), self.manners.longest_rest)
        self._resting_until = max(self._resting_until, now) + rest
        self._last_end = now
        if not woken:
            self._usual.setdefault(kind, _Usual()).learn(seconds / (size + FIXED_COST))
        return slowness
