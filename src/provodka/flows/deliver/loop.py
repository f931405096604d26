"""The delivery loop of one target: lease, carry out, settle."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from provodka.connectors.crm_store import journal, locks, outbox
from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.deliver.outcome import Again, Done, Outcome
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    DocumentError,
    ProvodkaError,
    RetriableError,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = ["LONGEST_WAIT", "Courier", "backoff", "deliver", "outcome_of", "settle", "worker_name"]

log = structlog.get_logger("provodka.deliver")
BATCH = 20
LONGEST_WAIT = timedelta(minutes=10)


class Courier(Protocol):
    """Carries out the errands of one target.

    `announce(marker)` records the intent and must be called before anything is sent; when it
    returns `False`, another worker has the errand and nothing may be done.
    """

    @property
    def target(self) -> str:
        """The system that the errands are for."""
        ...

    @property
    def lost_answer_wait(self) -> timedelta:
        """How long after a lost answer the other side may still be writing."""
        ...

    def carry(self, errand: Errand, announce: Callable[[str], bool]) -> Outcome:
        """Do it, and say how it ended; errors of our tree may simply be raised."""
        ...


def deliver(
    engine: Engine, courier: Courier, documents: Sequence[UUID] | None = None
) -> Counter[str]:
    """Deliver everything that is due for one target, or of it `documents`; counts by outcome.

    Only one worker delivers to a target at a time: a second one returns at once.
    """
    counts: Counter[str] = Counter()
    with locks.alone(engine, f"deliver:{courier.target}") as mine:
        if not mine:
            return counts
        worker = worker_name()
        while errands := _lease(engine, courier, worker, documents):
            for errand in errands:
                outcome = _carry(engine, courier, errand, worker)
                counts[settle(engine, courier.target, errand, outcome)] += 1
                if isinstance(outcome, Again) and outcome.stop:
                    return counts
    return counts


def worker_name() -> str:
    """Who takes errands: this process on this computer."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _lease(
    engine: Engine, courier: Courier, worker: str, documents: Sequence[UUID] | None
) -> list[Errand]:
    with engine.begin() as connection:
        return outbox.lease(
            connection,
            courier.target,
            worker,
            limit=BATCH,
            lost_answer_wait=courier.lost_answer_wait,
            documents=documents,
        )


def _carry(engine: Engine, courier: Courier, errand: Errand, worker: str) -> Outcome:
    def announce(marker: str) -> bool:
        with engine.begin() as connection:
            return outbox.record_intent(connection, errand, worker, marker)

    try:
        return courier.carry(errand, announce)
    except ProvodkaError as error:
        return outcome_of(error, errand)
    except OperationalError:
        raise
    except Exception as error:
        # One errand that nobody thought of must not hold up the others.
        log.exception("errand_failed", key=errand.key, operation=errand.operation)
        return _unexpected(errand, type(error).__name__)


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


def _unexpected(errand: Errand, found: str) -> Again:
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


def settle(engine: Engine, target: str, errand: Errand, outcome: Outcome) -> str:
    """Record how an errand ended, with all that follows from it; the state it ended in."""
    try:
        _record(engine, target, errand, outcome)
    except (IntegrityError, DataError) as refusal:
        log.exception("errand_not_settled", key=errand.key, operation=errand.operation)
        outcome = _unexpected(errand, type(refusal.orig).__name__)
        _record(engine, target, errand, outcome)
    state = outcome.state if isinstance(outcome, Done) else "postponed"
    trouble = outcome.trouble.code if outcome.trouble else None
    log.info("errand", key=errand.key, operation=errand.operation, state=state, trouble=trouble)
    return state


def _record(engine: Engine, target: str, errand: Errand, outcome: Outcome) -> None:
    with engine.begin() as connection:
        journal.attribute(connection, target, errand.cause, errand.depth)
        outcome.record(connection)
        if isinstance(outcome, Done):
            outbox.settle(
                connection, errand, outcome.state, result=outcome.result, trouble=outcome.trouble
            )
        else:
            outbox.postpone(
                connection,
                errand,
                outcome.wait,
                outcome.trouble,
                nothing_sent=outcome.nothing_sent,
            )
