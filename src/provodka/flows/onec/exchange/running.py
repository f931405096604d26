"""One round of the exchange: take the base's message, then send ours, which confirms it."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Engine

from provodka.connectors.crm_store import locks
from provodka.flows.hub import Hub
from provodka.flows.onec.exchange.place import LOCK
from provodka.flows.onec.exchange.receiving import Renegotiate, receive
from provodka.flows.onec.exchange.sending import greet, send
from provodka.flows.onec.following.guarding import TooManyDeletions
from provodka.flows.onec.freeing import free
from provodka.flows.onec.pulling import TAKING, taking_for
from provodka.flows.tolerance import TooManySetAside
from provodka.flows.work import Work
from provodka.foundation.errors import RetriableError
from provodka.foundation.i18n import _

__all__ = ["run_exchange"]


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
        try:
            counts = _received(hub, work, accepting)
        except (TooManyDeletions, TooManySetAside):
            send(hub, work)
            raise
        counts += _freed(hub, work)
        return counts + send(hub, work)


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
