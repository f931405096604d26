"""How an errand ended, as a value that the loop then records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from provodka.foundation.errors import ProvodkaError

__all__ = ["Again", "Done", "Outcome", "nothing"]


def nothing(_connection: Connection) -> None:
    """No changes in the store besides the errand's own row."""


@dataclass(frozen=True)
class Done:
    """The errand is over: `delivered`, `flagged` or `dead`.

    `record` writes what follows from it, in the transaction that settles the errand.
    """

    state: str
    result: Any = None
    trouble: ProvodkaError | None = None
    record: Callable[[Connection], None] = nothing


@dataclass(frozen=True)
class Again:
    """Try later. `nothing_sent` means that no look-up is needed before the next attempt.

    `stop` ends the round for this target: it is down, and the others would fail too.
    """

    wait: timedelta
    trouble: ProvodkaError
    nothing_sent: bool = True
    stop: bool = False
    record: Callable[[Connection], None] = nothing


Outcome = Done | Again
