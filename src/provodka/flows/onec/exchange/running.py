"""One round of the exchange: take the base's message, then send ours, which confirms it."""

from __future__ import annotations

from collections import Counter

import structlog
from sqlalchemy import Engine, text

from provodka.connectors.crm_store import locks
from provodka.flows.hub import Hub
from provodka.flows.onec.exchange.place import LOCK, read_place
from provodka.flows.onec.exchange.receiving import Renegotiate, receive
from provodka.flows.onec.exchange.sending import greet, send
from provodka.flows.onec.following.guarding import TooManyDeletions
from provodka.flows.onec.freeing import free
from provodka.flows.onec.pulling import TAKING, taking_for
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.tolerance import TooManySetAside
from provodka.flows.work import Work
from provodka.foundation.errors import RetriableError
from provodka.foundation.i18n import _

__all__ = ["run_exchange", "send_due"]

log = structlog.get_logger("provodka.exchange")
KNOWN_THERE = text("""
    SELECT EXISTS (SELECT FROM hub.outbox o JOIN hub.binding b
                     ON b.system = :system AND b.kind = o.kind AND b.document = o.document
                   WHERE o.target = :system AND o.due_at <= now()
                     AND o.state IN ('waiting', 'sending', 'unsure'))
""")


def run_exchange(hub: Hub, work: Work, *, accepting: bool = False) -> Counter[str]:
    """Receive and send, alone; counts as `receive` and `send` do.

    `accepting` is a person's word that numbers which went back are meant.

    A rehearsal takes the base's message in and undoes it: the message waits in the spool for the
    real run, and nothing is sent. Raises `TooManyDeletions` and `TooManySetAside` when all else is
    done.
    """
    hub.require_exchange()
    # A rehearsal holds locks that a real run takes after this one: it must not wait here.
    with locks.alone(hub.engine, LOCK, wait=isinstance(work, Engine)) as mine:
        if not mine:
            raise _busy()
        return _round(hub, work, accepting=accepting)


def send_due(hub: Hub, work: Work | None = None) -> Counter[str]:
    """Send what is due, unless the exchange is under way in another process; counts as `send`.

    New documents go at once; before what the base has already, the base is heard. While a person
    has to decide about its message, that waits, and new documents go all the same.
    """
    given = work or hub.engine
    with locks.alone(hub.engine, LOCK) as mine:
        if not mine:
            return Counter()
        if not (isinstance(given, Engine) and _anything_known_there(given)):
            return send(hub, given, heard=False)
        try:
            return _round(hub, given)
        except (TooManyDeletions, TooManySetAside) as error:
            # The stream `exchange` meets it too, and tells of it.
            log.warning("message_waits_for_a_person", code=error.code)
            return Counter()


def _anything_known_there(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not read_place(connection).met:
            return False
        return bool(connection.execute(KNOWN_THERE, {"system": SYSTEM}).scalar_one())


def _round(hub: Hub, work: Work, *, accepting: bool = False) -> Counter[str]:
    try:
        counts = _received(hub, work, accepting)
    except (TooManyDeletions, TooManySetAside):
        send(hub, work, heard=False)
        raise
    counts += _freed(hub, work)
    return counts + send(hub, work, heard=not counts["unsettled"])


def _freed(hub: Hub, work: Work) -> Counter[str]:
    """Whoever waits for what the base has read, or a person has bound."""
    with locks.alone(hub.engine, TAKING, wait=True):
        return free(hub, work, lambda: taking_for(hub, hub.mappings.values()))


def _busy() -> RetriableError:
    return RetriableError(
        _("Обмен EnterpriseData"),
        found=_("обмен сейчас выполняет другой процесс"),
        next_step=_("повторите через минуту"),
        code="exchange_busy",
    )


def _received(hub: Hub, work: Work, accepting: bool) -> Counter[str]:
    try:
        return receive(hub, work, accepting=accepting)
    except Renegotiate as lower:
        greet(hub, lower.place)
        return receive(hub, work)
