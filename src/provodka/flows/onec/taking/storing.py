"""Taking a page of wire documents into the store, in the caller's transaction.

What cannot be understood is set aside whole, what waits for a parent is parked, and the rest
of the page goes on. A document that the database itself refuses is found by halving the page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from provodka.connectors.crm_store import journal, merges, parked
from provodka.connectors.crm_store.parked import Parked
from provodka.flows.onec.balances.storing import take_waiting_balances
from provodka.flows.onec.merging import write
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.refusals import REFUSALS, refused_by_store
from provodka.flows.onec.taking.knowledge import Taking, stream_of
from provodka.flows.onec.taking.preparing import Prepared, prepare, sort_rows
from provodka.flows.onec.taking.waiting import park, set_aside, settled
from provodka.flows.onec.taking.wire_keys import Rows, key_of
from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import Misread

__all__ = ["heed_tolerance", "take", "take_prepared", "take_waiting"]


def take(connection: Connection, taking: Taking, mapping: Mapping, rows: Rows) -> Counter[str]:
    """Store a page.

    Counts `read`, `new`, `changed`, `deleted`, `same`, `parked`, `set_aside`, `conflicts`.
    """
    journal.attribute(connection, SYSTEM)
    taking.aside = []
    if taking.later:
        rows = [row for row in rows if (mapping.kind, key_of(row)) not in taking.later]
    counts = _halving(connection, taking, taking.instead.get(mapping.name, mapping), rows)
    counts["read"] += len(rows)
    heed_tolerance(taking, mapping, counts["read"])
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
    heed_tolerance(taking, mapping, counts["read"])
    taking.heard(counts)
    return counts


def heed_tolerance(taking: Taking, mapping: Mapping, read: int) -> None:
    """Stop at a page of `read` documents too many of which are set aside, unless all are meant to.

    Raises `TooManySetAside`.
    """
    if taking.tolerance is None or mapping.name in taking.refusing:
        return
    stream = stream_of(mapping)
    own = [(one, new) for one, new in taking.aside if one.stream == stream]
    fresh = [one for one, new in own if new]
    taking.tolerance.check(stream, read - len(own) + len(fresh), fresh)


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
        key = str(key_of(rows[0]) or "?")
        misread = Misread(key, rows[0], refused_by_store(mapping, refusal))
        set_aside(connection, taking, mapping, [misread])
        return Counter(set_aside=1)


def _store(
    connection: Connection, taking: Taking, mapping: Mapping, page: Prepared
) -> Counter[str]:
    if page.untouched:
        return Counter(same=page.same)
    set_aside(connection, taking, mapping, page.misfits)
    parked_now = park(connection, mapping, page.waiting)
    counts = write(connection, SYSTEM, mapping, page.plan)
    counts += Counter(same=page.same, set_aside=len(page.misfits), parked=parked_now)
    merges.note_arrivals(connection, SYSTEM, mapping.kind, page.arrivals)
    settled(connection, mapping, page.keys)
    return counts + take_waiting(connection, taking, mapping, page.keys)


def take_waiting(
    connection: Connection, taking: Taking, mapping: Mapping, arrived: Sequence[str]
) -> Counter[str]:
    """Take in what was parked for the documents that have just come; counts as `take`.

    What nothing in the set reads any more stays where it is.
    """
    waiting = parked.waiting_for(connection, mapping.kind, arrived)
    by_stream: dict[str, list[Parked]] = defaultdict(list)
    for one in waiting:
        by_stream[one.stream].append(one)
    counts: Counter[str] = Counter()
    for stream, found in by_stream.items():
        balance, child = taking.balances.get(stream), taking.by_stream(stream)
        if balance:
            keys = [one.external_key for one in found]
            counts += take_waiting_balances(connection, balance, keys, taking.later)
        elif child:
            counts += _halving(connection, taking, child, [one.payload for one in found])
    return counts
