"""The courier of one calendar: looks, decides, writes over what it has seen and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, Engine

from provodka.connectors.calendars.caldav import CalDav, Stored
from provodka.connectors.calendars.events import Event, changed, read_events, to_ics
from provodka.connectors.crm_store import bindings
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.calendars.agreeing import Agreement, agree, keep, system_of
from provodka.flows.calendars.showing import Shown, event_of, name_of, owner_of, shown_of
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.outcome import Done, Outcome, nothing
from provodka.mappings.reconcile import Reconciled

__all__ = ["CalendarCourier", "the_event"]


@dataclass(frozen=True)
class CalendarCourier:
    """Keeps the events of one employee as the store says; `email` names the employee."""

    calendar: str
    email: str
    kinds: Collection[str]
    minutes: int
    zone: tzinfo
    dav: CalDav
    engine: Engine
    clock: Callable[[], datetime]
    todos: bool = False
    lost_answer_wait: timedelta = timedelta(seconds=10)
    workers: int = 1
    ahead: int = 1

    @property
    def target(self) -> str:
        """The calendar among the systems."""
        return system_of(self.calendar)

    def marker(self, errand: Errand) -> str:
        """The event's name in the calendar."""
        return name_of(errand.document)

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Bring the event to what the document says; an answer that was lost needs no more."""
        name = name_of(errand.document)
        there = self.dav.find(name)
        with self.engine.connect() as connection:
            owner = owner_of(connection, self.email)
            one = (
                shown_of(connection, owner, self.kinds, errand.kind, errand.document)
                if owner
                else None
            )
            bound = bindings.find(connection, self.target, errand.kind, errand.document)
            event = the_event(there, self.zone) if there else None
            agreed = agree(connection, one, event, bound) if one and event else None
        if one is None:
            return self._removed(errand, there, still_mine)
        if there is None:
            return self._created(one, bound, still_mine)
        return self._brought_up(there, event, agreed, still_mine)

    def _removed(self, errand: Errand, there: Stored | None, still_mine: StillMine) -> Done:
        if there is not None:
            self.dav.remove(there.name, there.etag, before=still_mine)
        system, kind, name = self.target, errand.kind, name_of(errand.document)
        return Done(
            "delivered",
            record=lambda connection: bindings.unbind(connection, system, kind, name),
        )

    def _created(self, one: Shown, bound: Binding | None, still_mine: StillMine) -> Done:
        if bound is not None:
            # Its owner has removed it from the calendar and does not want to see it there.
            return Done("delivered", result={"removed_there": True})
        event = event_of(one, self.minutes, todos=self.todos)
        content = to_ics([event], written_at=self.clock())
        etag = self.dav.create(name_of(one.document), content, before=still_mine)
        agreed = Agreement(one, None, Reconciled(agreed=dict(one.values)))
        return self._done(agreed, etag)

    def _brought_up(
        self, there: Stored, event: Event | None, agreed: Agreement | None, still_mine: StillMine
    ) -> Done:
        if event is None or agreed is None:
            return Done("delivered", record=nothing)
        etag = there.etag
        if agreed.decided.send:
            # The event as it is there, with what is ours to say: no disputed field goes along.
            values = {**agreed.shown.values, **_theirs(agreed)}
            put = event_of(replace(agreed.shown, values=values), self.minutes, event)
            content = changed(there.content, put, written_at=self.clock())
            etag = self.dav.replace(there.name, content, there.etag, before=still_mine)
        return self._done(agreed, etag)

    def _done(self, agreed: Agreement, etag: str) -> Done:
        def record(connection: Connection) -> None:
            keep(connection, self.calendar, agreed, etag, sent=True)

        return Done("delivered", result={"version": etag}, record=record)


def the_event(there: Stored, zone: tzinfo) -> Event | None:
    """The event of a resource; a repeating one is told by its first."""
    return next(iter(read_events(there.content, zone)), None)


def _theirs(agreed: Agreement) -> dict[str, Any]:
    """Fields that keep the calendar's value: taken from there, or waiting for a person."""
    waiting = {one.field: one.theirs for one in agreed.decided.conflicts}
    return {**agreed.decided.take, **waiting}
