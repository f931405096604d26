"""Everything that has come over HTTP, in the order in which it came, each with its effects.

A row stays `new` until the transaction that makes something of it: whoever handles it may die at
any point, and the next one begins with the same row. What cannot be understood is set aside with
its reason, and the rest goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import Connection

from provodka.connectors.crm_store import inbox, locks, quarantine
from provodka.connectors.crm_store.inbox import Received
from provodka.connectors.crm_store.troubles import store_trouble
from provodka.flows.hub import Hub
from provodka.flows.inbox.forms import take_forms
from provodka.flows.inbox.hooks import take_hooks
from provodka.flows.inbox.opens import take_opens
from provodka.flows.inbox.refusals import take_refusals
from provodka.flows.inbox.visits import take_visits
from provodka.foundation.errors import DocumentError, ProvodkaError, RetriableError
from provodka.foundation.i18n import _

__all__ = ["LOCK", "STREAM", "handle_inbox"]

log = structlog.get_logger("provodka.inbox")
STREAM = LOCK = "inbox"
PAGE = 200
Made = Iterable[Mapping[str, Any]]
"""What was made of each row; rows are settled one by one as this is walked through."""
HANDLERS: Mapping[str, Callable[[Connection, Hub, Sequence[Received]], Made]] = {
    "hook": take_hooks,
    "form": take_forms,
    "visit": take_visits,
    "open": take_opens,
    "unsubscribe": take_refusals,
}


def handle_inbox(hub: Hub) -> Counter[str]:
    """Handle all that waits; counts `handled` and `set_aside`.

    One at a time: while another process is at it, nothing is done here.
    """
    counts: Counter[str] = Counter()
    with hub.engine.connect() as connection:
        if not inbox.awaited(connection):
            return counts
    with locks.alone(hub.engine, LOCK) as mine:
        while mine:
            with hub.engine.begin() as connection:
                rows = inbox.take(connection, PAGE)
                for _place, together in groupby(rows, key=lambda row: (row.door, row.system)):
                    counts += _handle(connection, hub, list(together))
            if len(rows) < PAGE:
                break
    return counts


def _handle(connection: Connection, hub: Hub, rows: Sequence[Received]) -> Counter[str]:
    """Rows of one kind at once; if any of them is trouble, each by itself."""
    try:
        _take(connection, hub, rows)
    except Exception as error:
        _raise_if_later(error)
        if len(rows) > 1:
            return sum((_handle(connection, hub, [row]) for row in rows), Counter())
        _set_aside(connection, hub, rows[0], error)
        return Counter(set_aside=1)
    return Counter(handled=len(rows))


def _take(connection: Connection, hub: Hub, rows: Sequence[Received]) -> None:
    with connection.begin_nested():
        made = HANDLERS[rows[0].door](connection, hub, rows)
        now = hub.clock()
        for row, what in zip(rows, made, strict=True):
            inbox.settle(connection, row.id, what, now)
        quarantine.heal(connection, STREAM, [str(row.id) for row in rows])


def _raise_if_later(error: Exception) -> None:
    """Let trouble pass on that is not the row's: all of it is tried again."""
    if isinstance(error, RetriableError) or store_trouble(error) is not None:
        raise error


def _set_aside(connection: Connection, hub: Hub, row: Received, error: Exception) -> None:
    if not isinstance(error, DocumentError):
        log.error("arrival_broke", number=row.id, door=row.door, kind=type(error).__name__)
    payload = {"inbox": row.id, "door": row.door, "system": row.system}
    quarantine.set_aside(connection, STREAM, str(row.id), payload, _told(row, error))
    inbox.settle(connection, row.id, {}, hub.clock(), state="aside")


def _told(row: Received, error: Exception) -> ProvodkaError:
    """The reason for a person; of a foreign error only its kind, for it may quote the row."""
    place = _("Принятое №{number}, {system}").format(number=row.id, system=row.system)
    next_step = _("посмотрите его: provodka inbox show {number}; потом provodka inbox replay")
    known = error if isinstance(error, ProvodkaError) else None
    return DocumentError(
        place,
        found=known.found
        if known
        else _("внутренняя ошибка {kind}, подробности в журнале").format(kind=type(error).__name__),
        expected=known.expected if known else "",
        next_step=next_step.format(number=row.id),
        code=known.code if known else "internal_error",
    )
