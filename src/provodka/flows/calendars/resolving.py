"""A person's word on what the store and a calendar say differently."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, conflicts, journal
from provodka.connectors.crm_store.bindings import Binding
from provodka.flows.calendars.queueing import queue
from provodka.flows.calendars.showing import FIELDS, table_of
from provodka.flows.hub import Hub
from provodka.flows.onec import resolving as of_1c
from provodka.flows.onec.resolving import Resolved, Take
from provodka.foundation.errors import DocumentError, Refused
from provodka.foundation.i18n import _
from provodka.mappings.snapshot import canonical

__all__ = ["resolve"]

CALENDAR = "calendar:"


def resolve(
    hub: Hub, numbers: Sequence[int], take: Take, who: str, value: str | None = None
) -> list[Resolved]:
    """Settle open conflicts with calendars here, all others as 1C's are settled.

    Raises `DocumentError` for a number that is not open or a value that does not fit.
    """
    with hub.engine.connect() as connection:
        rows = conflicts.numbered(connection, numbers)
    ours = [row["id"] for row in rows if row["stream"].startswith(CALENDAR)]
    done = _settle(hub, ours, take, who, value) if ours else []
    rest = [number for number in numbers if number not in ours]
    return done + (of_1c.resolve(hub, rest, take, who, value) if rest else [])


def _settle(
    hub: Hub, numbers: Sequence[int], take: Take, who: str, value: str | None
) -> list[Resolved]:
    with hub.engine.begin() as connection:
        journal.attribute(connection, f"person:{who}")
        rows = conflicts.numbered(connection, numbers, lock=True)
        return [_settled(connection, row, take, who, value) for row in rows]


def _settled(
    connection: Connection, row: dict[str, Any], take: Take, who: str, value: str | None
) -> Resolved:
    if row["resolved_at"] is not None:
        raise _refused(row, _("уже решен"))
    chosen = _typed(row, value) if take == "value" else _typed(row, row[take])
    table, field = table_of(row["kind"]), row["field"]
    mine = table.c.id == row["document"]
    connection.execute(table.update().where(mine).values({field: chosen}))
    calendar, said = row["stream"].removeprefix(CALENDAR), canonical(chosen)
    bound = bindings.find(connection, row["stream"], row["kind"], row["document"])
    if bound is not None:
        # The calendar's value is what both know of it: only a new change there is a new dispute.
        agreed = {**(bound.snapshot or {}), field: row["theirs"]}
        again = Binding(bound.system, bound.kind, bound.external_key, bound.document, None, agreed)
        bindings.save(connection, again)
    differs = said != row["theirs"]
    if differs:
        queue(connection, calendar, row["kind"], row["document"], f"resolved:{row['id']}")
    conflicts.resolve(connection, row["id"], take, said, f"person:{who}")
    return Resolved(row["id"], row["kind"], row["document"], field, take, said, differs)


def _typed(row: dict[str, Any], value: Any) -> Any:
    """A value as its column holds it: a moment with its zone, or text."""
    moment, _title = FIELDS[row["kind"]]
    if row["field"] != moment:
        return value or ""
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise _refused(row, _("это не время с часовым поясом"))
    return read


def _refused(row: dict[str, Any], found: str) -> DocumentError:
    return Refused(
        _("Конфликт {number}").format(number=row["id"]),
        found=found,
        expected=_("открытый конфликт; время вида 2026-01-31T10:00+03:00"),
        next_step=_("открытые покажет provodka conflicts list"),
        code="bad_resolution",
    )
