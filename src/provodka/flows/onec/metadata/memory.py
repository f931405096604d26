"""What this process has already found out about the base, so that a run need not again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from provodka.mappings.drift import Verdict

__all__ = ["SchemaWatch"]


CHEAP = timedelta(seconds=5)
SHARE = 20
"""Of the time, one part in so many may go into asking a large base what it publishes."""


@dataclass
class SchemaWatch:
    """The last verdicts on all mappings and when they were reached; worth a day if all is well.

    `asked_at` is when the base was last asked anew, `cost` how long it took to tell.
    """

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    judged_at: datetime | None = None
    asked_at: datetime | None = None
    cost: timedelta = timedelta()

    def may_ask(self, now: datetime) -> bool:
        """Whether to ask the base anew if it is still as it must not be.

        Somebody may have mended it a minute ago; but a large base takes half a minute to tell.
        """
        if self.asked_at is None or self.cost < CHEAP:
            return True
        return now - self.asked_at >= SHARE * self.cost

    def fresh(self, now: datetime, max_age: timedelta) -> bool:
        """Whether the verdicts may be used again: what stops waits for nobody's memory."""
        return (
            self.judged_at is not None
            and now - self.judged_at < max_age
            and all(one.agreed for one in self.verdicts.values())
        )
