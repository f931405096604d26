"""What of the store stands in whose calendar, and how it looks there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, func, select

from provodka.connectors.calendars.events import Event
from provodka.connectors.crm_store.tables.clients import client, employee
from provodka.connectors.crm_store.tables.deals import deal, interaction, task
from provodka.foundation.i18n import _
from provodka.mappings.snapshot import canonical

__all__ = [
    "FIELDS",
    "Shown",
    "event_of",
    "name_of",
    "owner_of",
    "seen_in",
    "shown",
    "shown_of",
    "table_of",
]

FIELDS: Mapping[str, tuple[str, str]] = {
    "task": ("due_at", "subject"),
    "interaction": ("at", "subject"),
}
"""The fields of each kind that both sides may change: the beginning, and the title."""
DOMAIN = "provodka"


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as it should stand in a calendar."""

    kind: str
    document: UUID
    values: Mapping[str, Any]
    description: str

    @property
    def at(self) -> datetime:
        """When it begins."""
        moment: datetime = self.values[FIELDS[self.kind][0]]
        return moment


def table_of(kind: str) -> Table:
    """The table of a kind that calendars show."""
    return {"task": task, "interaction": interaction}[kind]


def name_of(document: UUID) -> str:
    """What a document's event is called in every calendar: found again by it, never doubled."""
    return f"{document}.ics"


def owner_of(connection: Connection, email: str) -> UUID | None:
    """The employee whose calendar it is."""
    wanted = (func.lower(employee.c.email) == email.lower()) & employee.c.deleted_at.is_(None)
    found: UUID | None = connection.execute(select(employee.c.id).where(wanted)).scalar()
    return found


def shown(
    connection: Connection,
    owner: UUID,
    kinds: Collection[str],
    documents: Sequence[tuple[str, UUID]] | None = None,
) -> list[Shown]:
    """What an employee has to do: open tasks of these kinds, planned meetings; or of `documents`
    those that it is.
    """
    tasks = _query(task).where(
        task.c.executor_id == owner,
        task.c.status == "open",
        task.c.kind.in_(tuple(kinds)),
        task.c.due_at.is_not(None),
    )
    meetings = _query(interaction).where(
        interaction.c.employee_id == owner,
        interaction.c.status == "planned",
        interaction.c.kind.in_(("meeting", "visit")),
    )
    found = []
    for kind, query in (("task", tasks), ("interaction", meetings)):
        if documents is not None:
            wanted = [key for one, key in documents if one == kind]
            among = table_of(kind).c.id.in_(wanted)
            found += [_shown(kind, row) for row in connection.execute(query.where(among))]
        else:
            found += [_shown(kind, row) for row in connection.execute(query)]
    return found


def shown_of(
    connection: Connection, owner: UUID, kinds: Collection[str], kind: str, document: UUID
) -> Shown | None:
    """One document as it should stand in this calendar; None if it should not."""
    return next(iter(shown(connection, owner, kinds, [(kind, document)])), None)


def event_of(
    one: Shown, minutes: int, before: Event | None = None, *, todos: bool = False
) -> Event:
    """The event of a document; how long it lasts is for its owner to change.

    With `todos` a task is a task there too; what is in the calendar already stays what it is.
    """
    lasts = before.ends_at - before.starts_at if before else timedelta(minutes=minutes)
    return Event(
        uid=before.uid if before else f"{one.document}@{DOMAIN}",
        starts_at=one.at,
        ends_at=one.at + lasts,
        summary=str(one.values["subject"] or ""),
        description=one.description,
        todo=before.todo if before else todos and one.kind == "task",
        agreed=canonical(dict(one.values)),
    )


def seen_in(kind: str, event: Event) -> dict[str, Any]:
    """What an event says in the fields of its document."""
    moment, title = FIELDS[kind]
    return {moment: event.starts_at, title: event.summary}


def _query(table: Table) -> Any:
    return (
        select(
            table,
            client.c.name.label("client_name"),
            deal.c.number.label("deal_number"),
        )
        .outerjoin(client, client.c.id == table.c.client_id)
        .outerjoin(deal, deal.c.id == table.c.deal_id)
        .where(table.c.deleted_at.is_(None))
        .order_by(table.c.id)
    )


def _shown(kind: str, row: Any) -> Shown:
    values = {name: getattr(row, name) for name in FIELDS[kind]}
    lines = [
        _("Клиент: {name}").format(name=row.client_name) if row.client_name else "",
        _("Сделка: {number}").format(number=row.deal_number) if row.deal_number else "",
        row.purpose if kind == "task" else row.text,
    ]
    return Shown(kind, row.id, values, "\n".join(line for line in lines if line))
