"""Taking a page of wire documents into the store, in the caller's transaction.

What cannot be understood is set aside whole, what waits for a parent is parked, and the rest
of the page goes on. A document that the database itself refuses is found by halving the page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, journal, merges, parked, quarantine
from provodka.connectors.crm_store.parked import Parked
from provodka.flows.bank.completing import completed
from provodka.flows.onec.matching import Ambiguity, Assigned, Assignment, anyone_unbound, assign
from provodka.flows.onec.merging import Appending, Plan, appending, plan_page, write
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.refusals import REFUSALS, refused_by_store
from provodka.flows.tolerance import Aside, Tolerance
from provodka.flows.work import Later
from provodka.foundation.errors import Misunderstood
from provodka.mappings.books import Books
from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import Misread, PageReading, Waiting, read_page, references

__all__ = [
    "Prepared",
    "Sorted",
    "Taking",
    "nobody",
    "prepare",
    "sort_rows",
    "stream_of",
    "take",
    "take_prepared",
    "take_waiting",
]

Rows = Sequence[dict[str, Any]]


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
    `heard` is told what each page has come to.
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
    _unbound: dict[str, bool] = field(default_factory=dict)
    _first_load: dict[str, bool] = field(default_factory=dict)
    _met: set[str] = field(default_factory=set)
    _dropped: merges.Dropped | None = None

    def seen(
        self, connection: Connection, mapping: Mapping, keys: Sequence[str]
    ) -> dict[str, tuple[UUID, str | None]]:
        """The documents and versions of the keys that are bound.

        During a first load there is nothing to look up, except for keys that have been met.
        """
        if mapping.kind not in self._first_load:
            self._first_load[mapping.kind] = not bindings.any_of(connection, SYSTEM, mapping.kind)
        if not self._first_load[mapping.kind]:
            return bindings.versions(connection, SYSTEM, mapping.kind, keys)
        new = self._met.isdisjoint(keys)
        self._met.update(keys)
        return {} if new else bindings.versions(connection, SYSTEM, mapping.kind, keys)

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
        said = ((_key(row), references(mapping, [row])) for row in rows)
        return merges.arrived(self._dropped, said)

    def handed_over(self, kind: str) -> Taking:
        """What another process that goes on with a first load has to know.

        From now on this one looks every row up: it no longer meets them all.
        """
        first, self._first_load[kind] = self._first_load.get(kind, False), False
        other = Taking(self.zone, self.books, {}, asked=self.asked)
        other._first_load, other._met = {kind: first}, set(self._met)
        return other

    def by_stream(self, stream: str) -> Mapping:
        """The mapping of a stream's name."""
        name = stream.removeprefix(f"{SYSTEM}:")
        return self.instead.get(name) or self.mappings[name]


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
    seen = taking.seen(connection, mapping, _keys(rows))
    fresh = [row for row in rows if taking.again or not _same(seen, row)]
    if seen and fresh and taking.asked:
        newer = bindings.agreed_since(connection, SYSTEM, mapping.kind, _keys(fresh), taking.asked)
        fresh = [row for row in fresh if _key(row) not in newer]
    page = _read(connection, taking, mapping, fresh)
    newcomers = [one for one in page.understood if one.external_key not in seen]
    anyone = bool(newcomers) and taking.anyone_unbound(connection, mapping)
    assignment = assign(connection, SYSTEM, mapping, newcomers, fresh, anyone=anyone)
    came = taking.arrivals(connection, mapping, [row for row in fresh if _key(row) not in seen])
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


def take(connection: Connection, taking: Taking, mapping: Mapping, rows: Rows) -> Counter[str]:
    """Store a page; counts `read`, `new`, `changed`, `same`, `parked`, `set_aside`, `conflicts`."""
    journal.attribute(connection, SYSTEM)
    taking.aside = []
    rows = [row for row in rows if (mapping.kind, _key(row)) not in taking.later]
    counts = _halving(connection, taking, taking.instead.get(mapping.name, mapping), rows)
    counts["read"] += len(rows)
    _heed_tolerance(taking, mapping, counts)
    taking.heard(counts)
    return counts


def take_prepared(
    connection: Connection,
    taking: Taking,
    mapping: Mapping,
    page: Prepared,
    rows: Callable[[], Rows],
) -> Counter[str]:
    """Store a page that was prepared without this transaction; counts as `take`.

    What another writer has overtaken since is refused by the store: then the page's `rows` are
    taken as if nothing had been prepared.
    """
    journal.attribute(connection, SYSTEM)
    taking.aside = []
    try:
        with connection.begin_nested():
            counts = _store(connection, taking, mapping, page)
    except REFUSALS:
        return take(connection, taking, mapping, rows())
    counts["read"] += page.read
    _heed_tolerance(taking, mapping, counts)
    taking.heard(counts)
    return counts


def _heed_tolerance(taking: Taking, mapping: Mapping, counts: Counter[str]) -> None:
    """Stop at a page too much of which is set aside, unless all of it was meant to be."""
    if taking.tolerance is None or mapping.name in taking.refusing:
        return
    stream = stream_of(mapping)
    own = [(one, new) for one, new in taking.aside if one.stream == stream]
    fresh = [one for one, new in own if new]
    taking.tolerance.check(stream, counts["read"] - len(own) + len(fresh), fresh)


def _halving(connection: Connection, taking: Taking, mapping: Mapping, rows: Rows) -> Counter[str]:
    before = len(taking.aside)
    try:
        with connection.begin_nested():
            found = sort_rows(connection, taking, mapping, rows)
            page = prepare(connection, mapping, found, len(rows))
            return _store(connection, taking, mapping, page)
    except REFUSALS as refusal:
        del taking.aside[before:]
        if len(rows) > 1:
            middle = len(rows) // 2
            first = _halving(connection, taking, mapping, rows[:middle])
            return first + _halving(connection, taking, mapping, rows[middle:])
        key = str(_key(rows[0]) or "?")
        misread = Misread(key, rows[0], refused_by_store(mapping, refusal))
        _keep(connection, taking, mapping, [misread])
        return Counter(set_aside=1)


def _store(
    connection: Connection, taking: Taking, mapping: Mapping, page: Prepared
) -> Counter[str]:
    _keep(connection, taking, mapping, page.misfits)
    parked_now = _park(connection, mapping, page.waiting)
    counts = write(connection, SYSTEM, mapping, page.plan)
    counts += Counter(same=page.same, set_aside=len(page.misfits), parked=parked_now)
    merges.note_arrivals(connection, SYSTEM, mapping.kind, page.arrivals)
    _settled(connection, mapping, page.keys)
    return counts + take_waiting(connection, taking, mapping, page.keys)


def _keys(rows: Rows) -> list[str]:
    return [key for row in rows if isinstance(key := _key(row), str)]


def _key(row: Any) -> Any:
    return row.get("Ref_Key") if isinstance(row, dict) else None


def _same(seen: AnyMapping[str, tuple[UUID, str | None]], row: dict[str, Any]) -> bool:
    found = seen.get(row.get("Ref_Key", ""))
    return found is not None and found[1] == row.get("DataVersion")


def _read(connection: Connection, taking: Taking, mapping: Mapping, rows: Rows) -> PageReading:
    if (refusal := taking.refusing.get(mapping.name)) is not None:
        return PageReading(misunderstood=[Misread(str(_key(row)), row, refusal) for row in rows])
    wanted = references(mapping, rows) - taking.known.keys()
    taking.known.update(bindings.documents(connection, SYSTEM, wanted))
    return read_page(mapping, rows, taking.known, taking.zone, taking.books)


def _keep(
    connection: Connection,
    taking: Taking,
    mapping: Mapping,
    misfits: Sequence[Misread | Ambiguity],
) -> None:
    """Set documents aside, each under its newest reason; none of them waits for a parent now."""
    stream, keys = stream_of(mapping), [one.external_key for one in misfits]
    known = quarantine.open_keys(connection, stream, keys)
    _settled(connection, mapping, keys)
    for one in misfits:
        aside = Aside(stream, one.external_key, one.payload, one.error, mapping.version)
        quarantine.set_aside(
            connection, stream, aside.key, aside.payload, aside.error, aside.mapping_version
        )
        taking.aside.append((aside, one.external_key not in known))


def _park(connection: Connection, mapping: Mapping, waiting: Sequence[Waiting]) -> int:
    """Have documents wait for their parents; none of them waits for a person now."""
    quarantine.heal(connection, stream_of(mapping), [one.external_key for one in waiting])
    return parked.park(
        connection,
        [
            Parked(
                stream_of(mapping), one.external_key, one.parent_kind, one.parent_key, one.payload
            )
            for one in waiting
        ],
    )


def _settled(connection: Connection, mapping: Mapping, keys: Sequence[str]) -> None:
    quarantine.heal(connection, stream_of(mapping), keys)
    parked.release(connection, stream_of(mapping), keys)


def take_waiting(
    connection: Connection, taking: Taking, mapping: Mapping, arrived: Sequence[str]
) -> Counter[str]:
    """Take in what was parked for the documents that have just come; counts as `take`."""
    waiting = parked.waiting_for(connection, mapping.kind, arrived)
    by_stream: dict[str, list[Any]] = defaultdict(list)
    for one in waiting:
        by_stream[one.stream].append(one.payload)
    counts: Counter[str] = Counter()
    for stream, payloads in by_stream.items():
        counts += _halving(connection, taking, taking.by_stream(stream), payloads)
    return counts
