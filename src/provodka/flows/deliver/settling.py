"""Recording how errands ended, with all that follows; refused to whoever has lost the errand."""

from __future__ import annotations

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError

from provodka.connectors.crm_store import claims, journal
from provodka.connectors.crm_store.leases import LostLease, brief
from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.deliver.outcome import Done, Outcome, unexpected
from provodka.foundation.i18n import _

__all__ = ["settle", "settle_all"]

log = structlog.get_logger("provodka.deliver")


def settle(engine: Engine, target: str, errand: Errand, outcome: Outcome) -> str:
    """Record how an errand ended, with all that follows from it; the state it ended in.

    Raises `LostLease`, and records nothing, if the errand has been given to somebody else.
    """
    try:
        _record(engine, target, errand, outcome)
    except (IntegrityError, DataError) as refusal:
        log.exception("errand_not_settled", key=errand.key, operation=errand.operation)
        outcome = unexpected(errand, type(refusal.orig).__name__)
        _record(engine, target, errand, outcome)
    state = outcome.state if isinstance(outcome, Done) else "postponed"
    trouble = outcome.trouble.code if outcome.trouble else None
    log.info("errand", key=errand.key, operation=errand.operation, state=state, trouble=trouble)
    return state


def settle_all(engine: Engine, ended: list[tuple[Errand, Done]]) -> list[str]:
    """Record many that nothing else follows from, in one statement; their states.

    Raises `LostLease` if some have been given to somebody else; the others are recorded.
    """
    with engine.begin() as connection:
        brief(connection)
        plain = [(errand, done.state, done.result) for errand, done in ended]
        ours = claims.settle_all(connection, plain)
    log.info("errands", count=len(ours))
    lost = [errand.key for errand, _done in ended if errand.id not in ours]
    if lost:
        raise LostLease(
            lost[0],
            found=_("поручение отдано другому исполнителю"),
            next_step=_("ничего делать не нужно"),
            code="lost_lease",
        )
    return [done.state for _errand, done in ended]


def _record(engine: Engine, target: str, errand: Errand, outcome: Outcome) -> None:
    with engine.begin() as connection:
        brief(connection)
        journal.attribute(connection, target, errand.cause, errand.depth)
        outcome.record(connection)
        if isinstance(outcome, Done):
            claims.settle(
                connection, errand, outcome.state, result=outcome.result, trouble=outcome.trouble
            )
        else:
            claims.postpone(
                connection,
                errand,
                outcome.wait,
                outcome.trouble,
                nothing_sent=outcome.nothing_sent,
            )
