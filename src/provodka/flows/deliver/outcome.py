"""How an errand ended, as a value that the loop then records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store.outbox import Errand
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    DocumentError,
    ProvodkaError,
    RetriableError,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = [
    "LONGEST_WAIT",
    "Again",
    "Done",
    "Outcome",
    "backoff",
    "nothing",
    "outcome_of",
    "unexpected",
]

LONGEST_WAIT = timedelta(minutes=10)


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

    @property
    def plain(self) -> bool:
        """Whether nothing follows from it, so that many can be recorded at once."""
        return self.record is nothing and self.trouble is None


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


def outcome_of(error: ProvodkaError, errand: Errand) -> Outcome:
    """What follows from an error, by what its class says the caller does next."""
    if isinstance(error, UnknownOutcome):
        return Again(backoff(errand), error, nothing_sent=False)
    if isinstance(error, RetriableError):
        wait = max(backoff(errand), error.retry_after or timedelta())
        return Again(wait, error, nothing_sent=not errand.unsure, stop=True)
    if isinstance(error, AccessDenied | ConfigurationError):
        return Again(LONGEST_WAIT, error, nothing_sent=not errand.unsure, stop=True)
    if isinstance(error, DocumentError):
        return Done("dead", trouble=error)
    return Again(backoff(errand), error, nothing_sent=not errand.unsure)


def unexpected(errand: Errand, found: str) -> Again:
    """What follows from an error that nobody thought of; `found` is its kind."""
    trouble = UnknownOutcome(
        errand.key,
        found=_("непредвиденная ошибка: {error}").format(error=found),
        next_step=_("посмотрите журнал хаба и сообщите разработчикам; поручение повторится"),
        code="unexpected",
    )
    return Again(backoff(errand), trouble, nothing_sent=False)


def backoff(errand: Errand) -> timedelta:
    """1, 2, 4 … seconds, ten minutes at most."""
    return min(timedelta(seconds=2 ** min(errand.attempts - 1, 12)), LONGEST_WAIT)
