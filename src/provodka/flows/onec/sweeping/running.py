"""`sweep`: each stream of the base compared whole, reported, and mended if told to.

Live sync goes on meanwhile: nothing is locked while things are compared, and mending takes its
turn page by page. Memory does not grow with the base: what it lists lies in a temporary table,
and what differs is handled some hundreds at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any, TypeVar
from uuid import UUID

import structlog

from provodka.connectors.crm_store import cursors
from provodka.connectors.onec.odata.query import Query
from provodka.flows.ahead import one_ahead
from provodka.flows.hub import Hub
from provodka.flows.onec.following.asking import has_double, unknown
from provodka.flows.onec.following.burying import living
from provodka.flows.onec.following.guarding import TooManyDeletions, too_many
from provodka.flows.onec.following.listing import Listed, Listing, listing
from provodka.flows.onec.following.scanning import concerning
from provodka.flows.onec.following.sorting import in_order
from provodka.flows.onec.metadata.admitting import Admitted, admitted
from provodka.flows.onec.sweeping import contents, errands
from provodka.flows.onec.sweeping.comparing import differences
from provodka.flows.onec.sweeping.mending import Mender
from provodka.flows.onec.sweeping.report import SAMPLES, Swept, keep
from provodka.flows.onec.sweeping.verdicts import Drift, by_what, judge
from provodka.flows.onec.taking import stream_of
from provodka.flows.onec.turns import Turns, database_clock, settings_of
from provodka.foundation.i18n import _
from provodka.mappings.compiled import Mapping

__all__ = ["sweep"]

log = structlog.get_logger("provodka.sweep")
PAGE = 500
T = TypeVar("T")
Heard = Callable[[Swept], None]


def nobody(_swept: Swept) -> None:
    """Nobody hears of each stream as it ends."""


def sweep(
    hub: Hub, names: Sequence[str] = (), *, mends: bool = False, heard: Heard = nobody
) -> Counter[str]:
    """Compare the named mappings (all that are read, if none) with the base; keeps each report.

    Counts `read`, what was found (`missing`, `extra`, `different`, `not_sent`), `mended`, `left`
    and `postponed`: sets whose hours are not now. Raises a `ConfigurationError` for a base that
    is not reached over OData.
    """
    hub.require_base()
    counts: Counter[str] = Counter()
    wanted = [one for one in in_order(hub.mappings.values()) if one.reads]
    chosen = [one for one in wanted if not names or one.name in names]
    found = admitted(hub, hub.engine, [one.name for one in chosen]) if mends else Admitted()
    for mapping in found.named if mends else chosen:
        swept = Swept(stream_of(mapping), mapping.kind, mends=mends)
        swept.note = _hindrance(hub, mapping)
        if not swept.note:
            _compare(hub, mapping, found, swept)
        counts["postponed"] += bool(swept.note and not swept.compared)
        counts += swept.counts()
        hub.tally.add(by_what(swept.found))
        with hub.engine.begin() as connection:
            keep(connection, swept)
        log.info("swept", stream=swept.stream, **swept.counts())
        heard(swept)
    found.settle()
    return counts


def _hindrance(hub: Hub, mapping: Mapping) -> str:
    """Why a set cannot be compared now; empty if it can."""
    with hub.engine.connect() as connection:
        position = cursors.read(connection, stream_of(mapping)) or {}
    if not position.get("complete"):
        return _("еще не прочитан целиком, сравнивать не с чем")
    wait = hub.require_base().wait_for_hours(hub.clock())
    if wait:
        opens = (hub.clock() + wait).astimezone(hub.base_zone)
        return _("базу можно читать целиком с {opens}").format(opens=f"{opens:%H:%M}")
    return ""


def _compare(hub: Hub, mapping: Mapping, found: Admitted, swept: Swept) -> None:
    asked = database_clock(hub)
    with listing(hub.engine) as listed:
        turns = Turns(hub, found, mapping, settings_of(hub))
        mender = Mender(turns, f"{asked:%Y%m%dT%H%M%S%f}") if swept.mends else None
        _Sweep(hub, mapping, swept, listed, asked, mender).run()


@dataclass
class _Sweep:
    """One set's comparison; what it comes to is told in `swept`."""

    hub: Hub
    mapping: Mapping
    swept: Swept
    listed: Listing
    asked: datetime
    mender: Mender | None = None
    gone: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Compare, mend page by page if told to, then look what is left.

        What has changed here is looked for while the base lists its keys.
        """
        with self._suspects() as suspects:
            self._list()
            self._keys()
            self._extra()
            self._contents(suspects())
        if self.mender is None:
            self.swept.left, self.swept.rest = self.swept.found, self.swept.samples
        else:
            self._bury(self.mender)
            self._left()
        self.swept.compared = True

    @contextmanager
    def _suspects(self) -> Iterator[Callable[[], contents.Suspects]]:
        stopping, given = Event(), (self.hub.engine, self.mapping, self.asked)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="contents") as pool:
            coming = pool.submit(contents.suspects, *given, stopping)
            try:
                yield coming.result
            finally:
                stopping.set()

    def _list(self) -> None:
        """All keys of the base that concern the hub, with versions and marks, into the table."""
        base, dated = self.hub.require_base(), self.mapping.entity.startswith("Document_")
        names = ("Ref_Key", "DataVersion", "DeletionMark", *(("Date",) if dated else ()))
        query = Query(select=names, filter=concerning(self.mapping), order=self.mapping.order)
        for page in one_ahead(base.read_pages(self.mapping.entity, query)):
            self.listed.add_versions(_listed(page.rows))
            self.swept.listed += len(page.rows)
            self.hub.tally.add(Counter(read=len(page.rows)))
        self.listed.ended()
        self.swept.bound = self.listed.count_bound(self.mapping)

    def _keys(self) -> None:
        """What is missing or has another version or mark."""
        for drifts in self._drifts():
            self._met(drifts)

    def _drifts(self) -> Iterator[list[Drift]]:
        for page in differences(self.listed, self.mapping, self.asked):
            judged = (judge(one, writes=self.mapping.writes) for one in page)
            drifts = [one for one in judged if one is not None and one.what != "extra"]
            with self.hub.engine.connect() as connection:
                yield errands.stuck(connection, drifts)

    def _met(self, drifts: Sequence[Drift]) -> None:
        self.swept.met(drifts)
        if self.mender is not None and drifts:
            self.swept.mended += self.mender.mend(drifts)

    def _extra(self) -> None:
        """What the base did not list, and does not know either when it is asked by key.

        Where that would be too many to believe, the base is not asked.
        """
        if has_double(self.hub, self.mapping):
            log.warning("deletions_not_looked_for", mapping=self.mapping.name)
            return
        absent = self.listed.count_absent(self.mapping, self.asked)
        try:
            too_many(self.listed.connection, settings_of(self.hub), self.mapping, absent)
        except TooManyDeletions as error:
            self.swept.note = str(error)
            some = self.listed.absent(self.mapping, self.asked, limit=SAMPLES)
            self.swept.met(_extras(some, "not_listed"))
            self.swept.found["extra", "not_listed"] = absent
            return
        keys = self.listed.absent(self.mapping, self.asked)
        self.gone = unknown(self.hub, self.mapping, keys)
        self.swept.out_of_filter = len(keys) - len(self.gone)
        self.swept.met(_extras(self.gone, "gone"))
        self.swept.met(self._revived())

    def _revived(self) -> list[Drift]:
        """What people have restored here although the base has it no more: theirs to decide."""
        return _extras(self.listed.revived(self.mapping, self.asked), "revived")

    def _contents(self, suspects: contents.Suspects) -> None:
        """What has the agreed version there, and is not what was agreed on here."""
        for documents in suspects.pages(PAGE):
            drifts = self._still(documents)
            self._met(drifts)
            if self.mender is not None:
                self.swept.remains(self._still([one.document for one in drifts if one.document]))

    def _still(self, documents: Sequence[UUID]) -> list[Drift]:
        """What of these documents is drift at this moment."""
        with self.hub.engine.connect() as connection:
            drifts = contents.judged(connection, self.mapping, documents, self.listed)
            drifts += errands.never_went(connection, self.mapping, documents)
            return errands.stuck(connection, drifts)

    def _bury(self, mender: Mender) -> None:
        if self.gone:
            mender.bury(self.gone)
        try:
            self.swept.mended += mender.turns.end()
        except TooManyDeletions as error:
            self.swept.note = str(error)

    def _left(self) -> None:
        """What still differs: by the same comparison, and what the guard has kept alive."""
        for drifts in self._drifts():
            self.swept.remains(drifts)
        with self.hub.engine.connect() as connection:
            alive = [
                key for some in _pages(self.gone) for key in living(connection, self.mapping, some)
            ]
        self.swept.remains(_extras(alive, "gone"))
        self.swept.remains(self._revived())
        if unsure := self.swept.found["extra", "not_listed"]:
            self.swept.left["extra", "not_listed"] = unsure


def _listed(rows: Iterable[dict[str, Any]]) -> Iterator[Listed]:
    for row in rows:
        if isinstance(key := row.get("Ref_Key"), str):
            yield key, row.get("DataVersion"), row.get("DeletionMark") is True


def _extras(keys: Iterable[str], why: str) -> list[Drift]:
    return [Drift("extra", why, key) for key in keys]


def _pages(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))
