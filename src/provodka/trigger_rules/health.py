"""When a rule that keeps failing is to be switched off: ten failures with no success between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["MOST_FAILURES", "Health", "after_failure"]

MOST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class Health:
    """How often in a row one version of a rule has failed, since when, with what last.

    `trouble` has the error's `code`, `found` and `next_step`. `disabled_at` is when it was
    switched off; it stays off until a person switches it on or there is another version.
    """

    version: str
    failures: int
    since: datetime
    trouble: Mapping[str, Any]
    disabled_at: datetime | None = None

    def disables(self, version: str) -> bool:
        """Whether this version is switched off."""
        return self.disabled_at is not None and self.version == version


def after_failure(
    known: Health | None, version: str, trouble: Mapping[str, Any], now: datetime
) -> Health:
    """The health of a rule after one more failure; what another version did is not its fault."""
    before = known if known is not None and known.version == version else None
    failures = 1 + (before.failures if before else 0)
    disabled = before.disabled_at if before else None
    if failures >= MOST_FAILURES:
        disabled = disabled or now
    return Health(version, failures, before.since if before else now, trouble, disabled)
