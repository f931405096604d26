"""Carry out what people asked for, oldest first, each in one transaction with its outcome."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from provodka.connectors.crm_store import journal, requests
from provodka.connectors.crm_store.requests import Asked
from provodka.connectors.crm_store.troubles import store_trouble
from provodka.flows.hub import Hub
from provodka.flows.requests.catalog import Done, deed_of
from provodka.foundation.errors import ProvodkaError, RetriableError
from provodka.foundation.i18n import _

__all__ = ["ATTEMPTS", "KEPT", "carry_requests"]

log = structlog.get_logger("provodka.requests")
ATTEMPTS = 5
KEPT = timedelta(days=90)


def carry_requests(hub: Hub) -> Counter[str]:
    """Carry out all that waits; counts `done`, `refused` and `later`.

    Two hubs at once are harmless: a request is held by whoever carries it out.
    """
    counts: Counter[str] = Counter()
    later: tuple[UUID, ...] = ()
    while True:
        with hub.engine.begin() as connection:
            asked = requests.take(connection, but=later)
            if asked is None:
                return counts
            state = _carry(hub, connection, asked)
        counts[state] += 1
        if state == "later":
            later = (*later, asked.id)


def _carry(hub: Hub, connection: Connection, asked: Asked) -> str:
    try:
        said, made = _done(hub, connection, asked)
    except RetriableError as error:
        if requests.tried(connection, asked.id) < ATTEMPTS:
            return "later"
        return _refuse(hub, connection, asked, error)
    except ProvodkaError as error:
        return _refuse(hub, connection, asked, error)
    except Exception as error:
        log.exception("request_broke", kind=asked.kind, request=str(asked.id))
        return _refuse(hub, connection, asked, _broken(asked, error))
    requests.settle(connection, asked.id, "done", said, hub.clock(), made)
    return "done"


def _done(hub: Hub, connection: Connection, asked: Asked) -> Done:
    with connection.begin_nested():
        journal.attribute(connection, asked.origin)
        try:
            return deed_of(asked.kind)(hub, connection, asked)
        except SQLAlchemyError as error:
            raise store_trouble(error) or error from error


def _refuse(hub: Hub, connection: Connection, asked: Asked, error: ProvodkaError) -> str:
    log.info("request_refused", kind=asked.kind, code=error.code)
    requests.settle(connection, asked.id, "refused", str(error), hub.clock())
    return "refused"


def _broken(asked: Asked, error: Exception) -> ProvodkaError:
    return ProvodkaError(
        _("Просьба «{kind}»").format(kind=asked.kind),
        found=_("хаб не справился: {kind}").format(kind=type(error).__name__),
        next_step=_("ничего не изменено; инженер найдет подробности в журнале хаба"),
        code="request_broke",
    )
