"""Signed calls of other programs: `{"process": "send_samples", "deal": "<key>"}`.

The process is one that a rule waits for by `manual`, as when a person starts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.inbox import Received
from provodka.connectors.crm_store.tables.reacting import signal
from provodka.flows.hub import Hub
from provodka.flows.triggers.manual import processes
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["take_signals"]

DEAL = text("SELECT client_id FROM crm.deal WHERE id = :deal AND deleted_at IS NULL")


class Told(msgspec.Struct, frozen=True):
    """What a program tells; anything else that it says is passed over."""

    process: str
    deal: UUID


def take_signals(
    connection: Connection, hub: Hub, rows: Sequence[Received]
) -> list[Mapping[str, Any]]:
    """Let the rules know of each; a call that is handled again adds nothing."""
    known = processes(hub.book)
    return [_signal(connection, row, known) for row in rows]


def _signal(connection: Connection, row: Received, known: Sequence[str]) -> Mapping[str, Any]:
    told = _read(row)
    if told.process not in known:
        raise _misunderstood(
            row,
            _("процесса «{name}» нет").format(name=told.process),
            nearest(told.process, known) or _("правило с событием manual"),
            "unknown_process",
        )
    deal = connection.execute(DEAL, {"deal": told.deal}).first()
    if deal is None:
        raise _misunderstood(row, _("сделки нет"), _("ключ сделки"), "no_deal")
    journal.attribute(connection, f"hook:{row.system}")
    new = insert(signal).values(
        id=row.document,
        name="manual",
        of=told.process,
        key=f"manual|{told.process}|{row.document}",
        kind="deal",
        about=told.deal,
        deal_id=told.deal,
        client_id=deal.client_id,
    )
    connection.execute(new.on_conflict_do_nothing())
    return {"signal": str(row.document), "deal": str(told.deal)}


def _read(row: Received) -> Told:
    try:
        return msgspec.json.decode(row.body, type=Told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        found = _("не такой JSON")
        raise _misunderstood(row, found, '{"process": "…", "deal": "…"}', "bad_call") from error


def _misunderstood(row: Received, found: str, expected: str, code: str) -> Misunderstood:
    place = _("Вебхук системы «{name}»").format(name=row.system)
    return Misunderstood(place, found=found, expected=expected, code=code)
