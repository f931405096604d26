"""Pull from 1C: the whole set the first time, afterwards only what has changed.

How changes are found, by an exchange plan or by scanning versions, is `following`'s to know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors, locks
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.pages import Page
from provodka.connectors.onec.odata.query import Query
from provodka.flows.hub import Hub
from provodka.flows.onec.following.choosing import Watch, watched
from provodka.flows.onec.following.feeding import follow
from provodka.flows.onec.following.guarding import TooManyDeletions
from provodka.flows.onec.following.scanning import complete, concerning, in_windows, is_due, scan
from provodka.flows.onec.following.sorting import in_order
from provodka.flows.onec.freeing import free
from provodka.flows.onec.loading.batch import Batch
from provodka.flows.onec.loading.whole import store_whole
from provodka.flows.onec.metadata.admitting import Admitted, admitted, explained
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import Taking, stream_of
from provodka.flows.settings import OneC
from provodka.flows.tolerance import Tolerance
from provodka.flows.work import Work, later_of
from provodka.foundation.errors import ConfigurationError
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.books import BOOKS, Books, read_book
from provodka.mappings.compiled import Mapping
from provodka.mappings.enterprise_data.format_books import FORMAT_BOOKS

__all__ = ["ACCOUNTING", "CATALOGS", "TAKING", "balances_of", "pull_mappings", "taking_for"]

log = structlog.get_logger("provodka.pull")

CATALOGS = ("organization", "client", "contract", "product")
ACCOUNTING = ("invoice", "payment_bank", "payment_cash", "shipment")

TAKING = f"take:{SYSTEM}"
NOW = text("SELECT clock_timestamp()")


def pull_mappings(hub: Hub, work: Work, names: Sequence[str]) -> Counter[str]:
    """Pull several mappings in order; counts of all of them together.

    Where the base has an exchange plan for the hub, its next message is taken whole, whatever
    sets it holds. One taker at a time: two that met the same newcomer would each give it a
    document. Raises `TooManyDeletions` when all else is done.
    """
    hub.require_base()
    found = admitted(hub, work, names)
    with locks.alone(hub.engine, TAKING, wait=True):
        pull = _Pull(hub, work, watched(hub, work), found)
        for mapping in found.named:
            with explained(hub, work, mapping):
                pull.load(mapping)
        pull.follow()
        for mapping in found.named:
            with explained(hub, work, mapping):
                pull.compare(mapping)
        pull.counts += free(hub, work, lambda: pull.taking)
    found.settle()
    return pull.ended()


def taking_for(hub: Hub, mappings: Iterable[Mapping]) -> Taking:
    """What `take` must know about the base, its small reference books read."""
    if hub.exchange is not None:
        return Taking(hub.base_zone, FORMAT_BOOKS, hub.mappings, balances=balances_of(hub))
    wanted = {name for mapping in mappings for name in mapping.books}
    books = _books(hub.require_base(), wanted)
    return Taking(hub.base_zone, books, hub.mappings, balances=balances_of(hub))


def balances_of(hub: Hub) -> dict[str, Balance]:
    """The balances that are read, and so may wait for documents."""
    wanted = hub.settings.onec.balances if hub.settings.onec else ()
    if not wanted:
        return {}
    try:
        return {name: one for name, one in hub.balances.items() if name in wanted}
    except ConfigurationError:
        # Their own streams tell of the mistake; documents need not wait until it is mended.
        return {}


@dataclass
class _Pull:
    """One run: what it counts, and the deletions that a person has to allow."""

    hub: Hub
    work: Work
    watch: Watch | None
    found: Admitted
    counts: Counter[str] = field(default_factory=Counter)
    held: list[TooManyDeletions] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)

    @cached_property
    def taking(self) -> Taking:
        """Asked for only when there is something to take: it costs the base two requests."""
        taking = self.found.heeded_by(taking_for(self.hub, self.found.readable))
        taking.later, taking.heard = later_of(self.work), self.hub.tally.add
        taking.tolerance = Tolerance.of(self.hub.settings.streams)
        return taking

    @property
    def settings(self) -> OneC:
        """The base's section of `hub.yaml`."""
        settings = self.hub.settings.onec
        if settings is None:
            raise LookupError("onec")
        return settings

    def load(self, mapping: Mapping) -> None:
        """Bring the set in whole, unless that has been done with this very mapping.

        A set whose history comes in windows is only followed meanwhile.
        """
        position = self._position(mapping)
        if in_windows(position):
            return
        mended = position.get("mapping", mapping.version) != mapping.version
        if not mended and position.get("complete"):
            return
        if self._out_of_hours:
            self._postpone(mapping, position)
            return
        with self.work.begin() as connection:
            self.taking.asked = connection.execute(NOW).scalar_one()
        self.taking.again = mended
        rest = {} if mended else position
        self._count(mapping, _whole(self.hub, self.work, mapping, self.taking, rest))
        self.taking.again = False
        self.loaded.add(mapping.name)

    def follow(self) -> None:
        """Take the next message of the exchange plan, if the base has one for the hub."""
        if self.watch is None:
            return
        args = (self.hub, self.work, self.watch, self.settings)
        try:
            self.counts += follow(*args, lambda: self.taking, self._compare_all)
        except TooManyDeletions as error:
            self.held.append(error)

    def compare(self, mapping: Mapping, *, whole: bool = False) -> None:
        """Compare versions: daily all of them, and between whiles where there is no plan.

        What this run has brought in whole need not be compared before the next one.
        """
        if mapping.name in self.loaded | self.waiting:
            return
        position, since = self._position(mapping), self.watch.since if self.watch else None
        due = is_due(position, self.hub.clock(), since)
        whole = whole or (due and not self._out_of_hours)
        if self.watch is not None and not whole:
            return
        args = (self.hub, self.work, mapping, self.taking, self.settings)
        try:
            counts = scan(*args, whole=whole)
        except TooManyDeletions as error:
            self.held.append(error)
            return
        missed = counts["new"] + counts["changed"] + counts["deleted"]
        if self.watch is not None and missed:
            log.warning("plan_did_not_tell", mapping=mapping.name, count=missed)
        self._count(mapping, counts)

    def ended(self) -> Counter[str]:
        """The counts, or what a person has to decide."""
        if not self.held:
            return self.counts
        error = self.held[0]
        error.others = self.held[1:]
        raise error

    @property
    def _out_of_hours(self) -> bool:
        """Whether the base's people need it to themselves: whole sets are read at other hours."""
        return bool(self.hub.require_base().wait_for_hours(self.hub.clock()))

    def _postpone(self, mapping: Mapping, position: dict[str, Any]) -> None:
        """Leave a set for its hours; one that was read before is still followed meanwhile."""
        log.info("waits_for_hours", mapping=mapping.name)
        self.counts["postponed"] += 1
        if not position.get("complete"):
            self.waiting.add(mapping.name)

    def _compare_all(self) -> Counter[str]:
        before = Counter(self.counts)
        for mapping in in_order(self.found.readable):
            self.load(mapping)
            self.compare(mapping, whole=True)
        found, self.counts = self.counts, before
        return found - before

    def _position(self, mapping: Mapping) -> dict[str, Any]:
        with self.work.begin() as connection:
            return cursors.read(connection, stream_of(mapping)) or {}

    def _count(self, mapping: Mapping, counts: Counter[str]) -> None:
        log.info("pulled", mapping=mapping.name, **counts)
        self.counts += counts


def _whole(
    hub: Hub, work: Work, mapping: Mapping, taking: Taking, position: dict[str, Any]
) -> Counter[str]:
    def moved(connection: Connection, page: Page | Batch) -> None:
        place = {"skip": page.next_skip, "after": page.anchor}
        place |= {"mapping": mapping.version, "complete": False}
        cursors.move(connection, stream_of(mapping), place)

    began = hub.clock()
    place = {"skip": position.get("skip", 0), "after": position.get("after", "")}
    rest = Query(select=mapping.select, filter=concerning(mapping), order=mapping.order, **place)
    counts = store_whole(hub, work, mapping, taking, rest, moved)
    with work.begin() as connection:
        cursors.move(connection, stream_of(mapping), complete(mapping, began, taking.asked))
    return counts


def _books(base: ODataBase, names: Iterable[str]) -> Books:
    found = {}
    for name in names:
        book = BOOKS[name]
        pages = base.read_pages(book.entity, Query(select=book.select, order=book.order))
        found[name] = read_book(name, (row for page in pages for row in page.rows))
    return found
