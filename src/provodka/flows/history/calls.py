"""Calls of the past: a row is one conversation, however many legs the old program kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store.keys import listed
from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.tables.clients import client
from provodka.connectors.crm_store.tables.talk import call
from provodka.connectors.telephony.numbers import normalize
from provodka.flows.history.landing import Landing, ambiguous, happened, remember
from provodka.flows.history.rows import Row
from provodka.flows.history.values import folded
from provodka.foundation.identifiers import uuid7s

__all__ = ["land_calls"]

STARTED, DIRECTION, OUTCOME, NUMBER, EMPLOYEE, CLIENT, WAIT, TALK = range(8)
COLUMNS = (
    "id", "source", "call_key", "direction", "outcome", "started_at", "ended_at", "wait_seconds",
    "talk_seconds", "client_number", "client_id", "ambiguous", "employee_id",
)  # fmt: skip
Owners = dict[str, list[UUID]]


def land_calls(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    """Write calls; whose they were is known by the name said, or by the number alone."""
    names = landing.names
    names.clients.find(connection, {row.values[CLIENT] for row in rows})
    names.employees.find(connection, {row.values[EMPLOYEE] for row in rows})
    fit = landing.sort(
        rows,
        happened(landing, STARTED, "started_at"),
        ambiguous(names.clients, CLIENT, "client"),
        ambiguous(names.employees, EMPLOYEE, "employee"),
    )
    people = {row.values[EMPLOYEE] for row in fit if row.values[EMPLOYEE]}
    names.employees.make(
        connection, {folded(one): {"name": one, "role": "manager"} for one in people}
    )
    owners = _owners(connection, {_number(row.values[NUMBER]) for row in fit} - {None})
    made = list(zip(fit, uuid7s(len(fit)), strict=True))
    append(connection, call, COLUMNS, [_call(landing, owners, row, id) for row, id in made])
    remember(connection, landing.reading.kind.name, made)
    landing.done(fit)


def _number(said: str | None) -> str | None:
    return normalize(said).best if said else None


def _owners(connection: Connection, numbers: set[Any]) -> Owners:
    rows = connection.execute(
        select(client.c.phone, client.c.id).where(
            client.c.phone.in_(listed(sorted(numbers))),
            client.c.deleted_at.is_(None),
            client.c.merged_into_id.is_(None),
        )
    )
    found: Owners = {}
    for phone, id in rows:
        found.setdefault(phone, []).append(id)
    return found


def _call(landing: Landing, owners: Owners, row: Row, id: UUID) -> tuple[Any, ...]:
    said = row.values
    number = _number(said[NUMBER])
    named = landing.names.clients.id(said[CLIENT])
    candidates = [named] if named else owners.get(number or "", [])
    lasted = timedelta(seconds=(said[WAIT] or 0) + (said[TALK] or 0))
    return (
        id,
        "history",
        row.key.hex,
        said[DIRECTION],
        said[OUTCOME],
        said[STARTED],
        said[STARTED] + lasted,
        said[WAIT] or 0,
        said[TALK] or 0,
        number,
        candidates[0] if len(candidates) == 1 else None,
        len(candidates) > 1,
        landing.names.employees.id(said[EMPLOYEE]),
    )
