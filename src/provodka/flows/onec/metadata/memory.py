"""What this process has already found out about the base, so that a run need not again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from provodka.mappings.drift import Verdict

__all__ = ["SchemaWatch"]


@dataclass
class SchemaWatch:
    """The last verdicts on all mappings and when they were reached; worth a day if all is well."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    judged_at: datetime | None = None

    def fresh(self, now: datetime, max_age: timedelta) -> bool:
        """Whether the verdicts may be used again: what stops waits for nobody's memory."""
        return (
            self.judged_at is not None
            and now - self.judged_at < max_age
            and all(one.agreed for one in self.verdicts.values())
        )
