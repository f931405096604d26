"""Deciding what a page changes: its rows read, given their documents and compared."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings
from provodka.flows.bank.completing import completed
from provodka.flows.onec.matching import Ambiguity, Assigned, Assignment, assign
from provodka.flows.onec.merging import Appending, Plan, appending, plan_page
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking.knowledge import Taking
from provodka.flows.onec.taking.wire_keys import Rows, key_of, keys_of
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


def sort_rows(connection: Connection, taking: Taking, mapping: Mapping, rows: Rows) -> Sorted:
    """Read a page's rows and find their documents; changes nothing."""
    seen = taking.seen(connection, mapping, keys_of(rows))
    compared = seen and not taking.again
    fresh = [row for row in rows if not _same(seen, row)] if compared else rows
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


def _same(seen: AnyMapping[str, tuple[UUID, str | None]], row: dict[str, Any]) -> bool:
    """Whether a row is as it was last seen; one that tells no version never is."""
    version = row.get("DataVersion")
    return version is not None and seen.get(row.get("Ref_Key", ""), (None, None))[1] == version


def _read(connection: Connection, taking: Taking, mapping: Mapping, rows: Rows) -> PageReading:
    if (refusal := taking.refusing.get(mapping.name)) is not None:
        return PageReading(misunderstood=[Misread(str(key_of(row)), row, refusal) for row in rows])
    wanted = {one for one in references(mapping, rows) if one not in taking.known}
    taking.known.update(bindings.documents(connection, SYSTEM, wanted))
    return read_page(mapping, rows, taking.known, taking.zone, taking.books)
