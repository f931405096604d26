"""Delivering everything that is due for one target, with as many workers as it bears."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextvars import copy_context
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine

from provodka.connectors.crm_store import claims, locks
from provodka.connectors.crm_store.leases import LEASE, Terms, Worker, enrolled, gate
from provodka.flows.deliver.courier import Courier
from provodka.flows.deliver.round import Round

__all__ = ["deliver"]


def deliver(
    engine: Engine,
    courier: Courier,
    documents: Sequence[UUID] | None = None,
    *,
    lease: timedelta = LEASE,
) -> Counter[str]:
    """Deliver everything that is due for one target, or of it `documents`; counts by outcome.

    No more than the courier's `workers` write to a target at a time, in all processes together:
    whoever finds no place returns at once. Who holds the target's gate alone has it all.
    """
    terms = Terms(courier.workers, lease, courier.lost_answer_wait)
    if locks.is_held(engine, gate(courier.target)):
        return Round(engine, courier, Worker(courier.target, terms=terms), documents).run()

    def work() -> Counter[str]:
        with enrolled(engine, courier.target, terms) as worker:
            return Round(engine, courier, worker, documents).run() if worker else Counter()

    hands = _needed(engine, courier, documents)
    return _together(work, hands) if hands > 1 else work() if hands else Counter()


def _needed(engine: Engine, courier: Courier, documents: Sequence[UUID] | None) -> int:
    """How many workers there is something for: one for each window of what is due."""
    most = courier.workers * courier.ahead
    with engine.connect() as connection:
        due = claims.due(
            connection, courier.target, courier.lost_answer_wait, most=most, documents=documents
        )
    return -(-due // courier.ahead)


def _together(work: Callable[[], Counter[str]], hands: int) -> Counter[str]:
    """Several at once; what stops one of them is raised when all have ended."""
    done: list[Counter[str]] = []
    troubles: list[Exception] = []

    def one() -> None:
        try:
            done.append(work())
        except Exception as error:
            troubles.append(error)

    threads = [
        threading.Thread(
            target=copy_context().run, args=(one,), name=f"worker-{number}", daemon=True
        )
        for number in range(hands)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]
    return sum(done, Counter())
