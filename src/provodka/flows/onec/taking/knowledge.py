"""What a run knows about the base while it takes its pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, merges
from provodka.flows.onec.matching import anyone_unbound
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking.wire_keys import Rows, key_of, keys_of
from provodka.flows.tolerance import Aside, Tolerance
from provodka.flows.work import Later
from provodka.foundation.errors import Misunderstood
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.books import Books
from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import references

__all__ = ["Taking", "nobody", "stream_of"]


def nobody(_counts: Counter[str]) -> None:
    """Nobody hears how far a run has come."""


def stream_of(mapping: Mapping) -> str:
    """The name under which a mapping's cursor, quarantine and parked documents are kept."""
    return f"{SYSTEM}:{mapping.name}"


@dataclass
class Taking:
    """What a run knows about the base: its zone and books, the mappings, bindings seen so far.

    `again` re-reads documents whose version has not changed: after a mapping was mended.
    `asked` is when the reading began (by the database's clock): what both sides have agreed on
    since may be older on the page than it is, and is left to the next reading. `refusing` are
    the mappings, by name, whose documents are all set aside, with the reason; `instead` those to
    be read with another, while the base lacks a field. Documents of `later` are passed over.
    `heard` is told what each page has come to. `balances` may wait for documents of a page too.
    `aside` is what the page at hand has set aside, and whether that is new; more of it than
    `tolerance` allows stops the stream.
    """

    zone: ZoneInfo
    books: Books
    mappings: AnyMapping[str, Mapping]
    again: bool = False
    asked: datetime | None = None
    known: dict[tuple[str, str], UUID] = field(default_factory=dict)
    refusing: AnyMapping[str, Misunderstood] = field(default_factory=dict)
    instead: AnyMapping[str, Mapping] = field(default_factory=dict)
    later: Later = frozenset()
    heard: Callable[[Counter[str]], None] = nobody
    tolerance: Tolerance | None = None
    aside: list[tuple[Aside, bool]] = field(default_factory=list)
    balances: AnyMapping[str, Balance] = field(default_factory=dict)
    _unbound: dict[str, bool] = field(default_factory=dict)
    _first_load: dict[str, bool] = field(default_factory=dict)
    _met: set[str] = field(default_factory=set)
    _dropped: merges.Dropped | None = None

    def may_know(self, connection: Connection, mapping: Mapping, rows: Rows) -> bool:
        """Whether any of the rows may be bound.

        During a first load there is nothing to look up, except for keys that have been met.
        """
        if mapping.kind not in self._first_load:
            self._first_load[mapping.kind] = not bindings.any_of(connection, SYSTEM, mapping.kind)
        if not self._first_load[mapping.kind]:
            return True
        keys = keys_of(rows)
        new = self._met.isdisjoint(keys)
        self._met.update(keys)
        return not new

    def bound(
        self, connection: Connection, mapping: Mapping, rows: Rows
    ) -> dict[str, tuple[UUID, str | None]]:
        """The documents and last seen versions of the rows that are bound, by key."""
        return bindings.versions(connection, SYSTEM, mapping.kind, keys_of(rows))

    def anyone_unbound(self, connection: Connection, mapping: Mapping) -> bool:
        """Whether newcomers may be documents of ours; looked up once a run, it costs a scan."""
        if mapping.kind not in self._unbound:
            self._unbound[mapping.kind] = anyone_unbound(connection, SYSTEM, mapping)
        return self._unbound[mapping.kind]

    def arrivals(
        self, connection: Connection, mapping: Mapping, rows: Rows
    ) -> Sequence[tuple[int, str]]:
        """The merges and the key of each new row that speaks of a client merged into another."""
        if self._dropped is None:
            self._dropped = merges.dropped_keys(connection, SYSTEM)
        if not self._dropped:
            return ()
        said = ((key_of(row) or "", references(mapping, [row])) for row in rows)
        return merges.arrived(self._dropped, said)

    def handed_over(self, kind: str) -> Taking:
        """What another process that goes on with a first load has to know.

        From now on this one looks every row up: it no longer meets them all.
        """
        first, self._first_load[kind] = self._first_load.get(kind, False), False
        other = Taking(self.zone, self.books, {}, asked=self.asked)
        other._first_load, other._met = {kind: first}, set(self._met)
        return other

    def by_stream(self, stream: str) -> Mapping | None:
        """The mapping of a stream's name; None of one that was taken out of the set since."""
        name = stream.removeprefix(f"{SYSTEM}:")
        return self.instead.get(name) or self.mappings.get(name)
