"""Mailings that were refused by one click: the addresses that the letter went to get no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.inbox import Received
from provodka.flows.deliver.bad_addresses import refuse_by_letter
from provodka.flows.hub import Hub

__all__ = ["take_refusals"]


def take_refusals(
    connection: Connection, _hub: Hub, rows: Sequence[Received]
) -> list[Mapping[str, Any]]:
    """Heed each refusal from the moment at which it came."""
    journal.attribute(connection, "mail")
    return [_take(connection, row) for row in rows]


def _take(connection: Connection, row: Received) -> Mapping[str, Any]:
    letter = UUID(row.query["message"])
    heeded = refuse_by_letter(connection, letter, row.received_at, "one_click")
    return {"message": str(letter)} if heeded else {}
