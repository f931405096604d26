"""Deciding what a page changes: its rows read, given their documents and compared."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings
from provodka.flows.bank.completing import completed
from provodka.flows.onec.matching import Ambiguity, Assigned, Assignment, assign
from provodka.flows.onec.merging import Appending, Plan, appending, plan_page
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking.knowledge import Taking
from provodka.flows.onec.taking.wire_keys import Rows, key_of, keys_of, stamp_of
from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import Misread, PageReading, Waiting, read_page, references

__all__ = ["Prepared", "Sorted", "prepare", "sort_rows"]


@dataclass(frozen=True)
class Sorted:
    """A page whose rows have been read and given their documents; nothing is written yet."""

    seen: AnyMapping[str, tuple[UUID, str | None]]
    same: int
    page: PageReading
    assignment: Assignment
    arrivals: Sequence[tuple[int, str]] = ()

    @property
    def unchanged(self) -> bool:
        """Whether every row is as it was last seen, or does not concern the hub."""
        page, assignment = self.page, self.assignment
        taken = page.understood or assignment.assigned or assignment.ambiguous or self.arrivals
        return not (taken or page.waiting or page.misunderstood)

    @property
    def newcomers_only(self) -> bool:
        """Whether no row is bound yet, and no document of ours waits for a counterpart."""
        return not self.seen and not self.assignment.pooled


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page that only has to be written: what is planned, and what is set aside or parked.

    `read` counts the rows of the page, `keys` are those that the plan takes in.
    """

    read: int
    same: int
    keys: Sequence[str]
    misfits: Sequence[Misread | Ambiguity]
    waiting: Sequence[Waiting]
    plan: Plan | Appending
    arrivals: Sequence[tuple[int, str]] = ()

    @property
    def untouched(self) -> bool:
        """Whether there is nothing to write at all."""
        return not (self.keys or self.misfits or self.waiting or self.arrivals)


def sort_rows(connection: Connection, taking: Taking, mapping: Mapping, rows: Rows) -> Sorted:
    """Read a page's rows and find their documents; changes nothing.

    Which rows are as they were last seen the store says for all of them at once: those are not
    looked at any more.
    """
    known = taking.may_know(connection, mapping, rows)
    fresh = _changed(connection, mapping, rows) if known and not taking.again else rows
    seen = taking.bound(connection, mapping, fresh) if known and fresh else {}
    if seen and fresh and taking.asked:
        newer = bindings.agreed_since(
            connection, SYSTEM, mapping.kind, keys_of(fresh), taking.asked
        )
        fresh = [row for row in fresh if key_of(row) not in newer]
    page = _read(connection, taking, mapping, fresh)
    newcomers = [one for one in page.understood if one.external_key not in seen]
    anyone = bool(newcomers) and taking.anyone_unbound(connection, mapping)
    assignment = assign(connection, SYSTEM, mapping, newcomers, fresh, anyone=anyone)
    came = taking.arrivals(connection, mapping, [row for row in fresh if key_of(row) not in seen])
    return Sorted(seen, len(rows) - len(fresh), page, assignment, came)


def prepare(connection: Connection, mapping: Mapping, found: Sorted, read: int) -> Prepared:
    """Decide what a sorted page changes; locks the documents that it may change."""
    page, assignment = found.page, found.assignment
    if found.unchanged:
        return Prepared(read, found.same, [], [], [], Plan())
    known = [
        Assigned(one, found.seen[one.external_key][0], matched=True)
        for one in page.understood
        if one.external_key in found.seen
    ]
    taken = completed(connection, mapping, [*assignment.assigned, *known])
    plan = plan_page(connection, SYSTEM, mapping, taken)
    return Prepared(
        read,
        found.same,
        [one.reading.external_key for one in taken],
        [*page.misunderstood, *assignment.ambiguous],
        page.waiting,
        appending(SYSTEM, mapping, plan) if found.newcomers_only else plan,
        found.arrivals,
    )


def _changed(connection: Connection, mapping: Mapping, rows: Rows) -> Rows:
    """The rows that are not as they were last seen; one that tells no version never is."""
    stamps = [stamp_of(row) for row in rows]
    versions = dict(filter(None, stamps))
    stale = bindings.stale(connection, SYSTEM, mapping.kind, versions)
    same = {(key, version) for key, version in versions.items() if key not in stale}
    return [row for row, stamp in zip(rows, stamps, strict=True) if stamp not in same]


def _read(connection: Connection, taking: Taking, mapping: Mapping, rows: Rows) -> PageReading:
    if (refusal := taking.refusing.get(mapping.name)) is not None:
        return PageReading(misunderstood=[Misread(str(key_of(row)), row, refusal) for row in rows])
    wanted = {one for one in references(mapping, rows) if one not in taking.known}
    taking.known.update(bindings.documents(connection, SYSTEM, wanted))
    return read_page(mapping, rows, taking.known, taking.zone, taking.books)
