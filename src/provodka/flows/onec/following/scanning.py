"""Changes of a base without an exchange plan: versions compared, the changed documents read whole.

Every write in 1C gives an object a new `DataVersion`. Documents are scanned by their date, from
where the last scan was with an overlap, since people enter papers late; once an hour the last two
months are scanned. Once a day everything is: that also finds what the base has no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors
from provodka.connectors.crm_store.bindings import STALE
from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.onec.odata.filters import Field, Filter, all_of
from provodka.connectors.onec.odata.query import Query
from provodka.flows.ahead import one_ahead
from provodka.flows.hub import Hub
from provodka.flows.onec.following.asking import has_double, references_of, rows_of, unknown
from provodka.flows.onec.following.guarding import (
    Deletions,
    TooManyDeletions,
    refused,
    too_many,
)
from provodka.flows.onec.following.listing import Listing, listing
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import Taking, stream_of, take
from provodka.flows.settings import OneC
from provodka.flows.work import Work
from provodka.mappings.compiled import Mapping

__all__ = ["by_windows", "complete", "concerning", "in_windows", "is_due", "scan"]

log = structlog.get_logger("provodka.pull")

LOOK_BACK = timedelta(days=60)
LOOK_BACK_EVERY = timedelta(hours=1)
COMPARE_EVERY = timedelta(days=1)


def concerning(mapping: Mapping) -> Filter | None:
    """What the hub takes of a set, asked of the base itself: no groups, no foreign operations."""
    wanted = [Field(name).one_of(sorted(values, key=str)) for name, values, _place in mapping.only]
    return all_of(wanted) if wanted else None


def complete(
    mapping: Mapping, compared_at: datetime, asked: datetime | None = None
) -> dict[str, Any]:
    """The place of a mapping all of whose documents have been read.

    `compared_at` is by the hub's clock and tells when the next comparison is due; `asked` is the
    same moment by the database's, by which the journal tells when ours was changed.
    """
    place = {"mapping": mapping.version, "complete": True, "swept_at": compared_at.isoformat()}
    return place | _asked(asked)


def by_windows(mapping: Mapping, begun_at: datetime) -> dict[str, Any]:
    """The place of a mapping that is followed from a moment on, its history read beside."""
    since = begun_at.isoformat()
    place = {"mapping": mapping.version, "complete": False, "history": True}
    return place | {"swept_at": since, "scanned_at": since}


def in_windows(position: dict[str, Any]) -> bool:
    """Whether a mapping's history is still being read in windows."""
    return bool(position.get("history"))


def is_due(position: dict[str, Any], now: datetime, since: datetime | None = None) -> bool:
    """Whether everything must be compared: daily, and when there may be a gap before `since`.

    Not before its history is there.
    """
    if in_windows(position):
        return False
    compared = _moment(position, "swept_at")
    patience = LOOK_BACK_EVERY if "held" in position else COMPARE_EVERY
    return now - compared >= patience or (since is not None and compared < since)


def scan(
    hub: Hub, work: Work, mapping: Mapping, taking: Taking, settings: OneC, *, whole: bool
) -> Counter[str]:
    """Find what has changed and take it; `whole` compares everything and finds deletions.

    Counts as `take`, and `deleted`. Raises `TooManyDeletions` after all else is taken, and again
    until a person has allowed it or a later comparison finds nothing amiss.
    """
    with work.begin() as connection:
        position = cursors.read(connection, stream_of(mapping)) or {}
        taking.asked = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    whole = whole or (settings.allow_deletes and "held" in position)
    return _Scan(hub, work, mapping, taking, settings, position, hub.clock(), whole).run()


@dataclass(frozen=True)
class _Scan:
    """One reading of one set's versions, beginning `now`."""

    hub: Hub
    work: Work
    mapping: Mapping
    taking: Taking
    settings: OneC
    position: dict[str, Any]
    now: datetime
    whole: bool

    def run(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        deletions = Deletions(self.settings)
        with ExitStack() as opened:
            listed = opened.enter_context(listing(self.hub.engine)) if self.whole else None
            for refs, keys in self._stale():
                counts += Counter(read=len(keys) - len(refs), same=len(keys) - len(refs))
                if listed is not None:
                    listed.add(keys)
                for rows in rows_of(self.hub, self.mapping, refs, self.mapping.select):
                    counts += self._take(rows, deletions)
            try:
                if listed is not None:
                    deletions.gone(self.mapping, self._gone(listed))
                counts += deletions.carry_out(self.work, self.taking)
                self._recall()
            except TooManyDeletions as error:
                self._move(held=error.found)
                raise
        self._move()
        return counts

    def _recall(self) -> None:
        """What a comparison could not do is not forgotten by the small scans after it."""
        if "held" in self.position and not self.whole:
            raise refused(self.mapping, self.settings, self.position["held"])

    def _take(self, rows: Sequence[dict[str, Any]], deletions: Deletions) -> Counter[str]:
        with self.work.begin() as connection:
            fresh = deletions.held(connection, self.mapping, rows)
            return take(connection, self.taking, self.mapping, fresh)

    def _window(self) -> Filter | None:
        window = concerning(self.mapping)
        if self.whole or not self._is_dated:
            return window
        overlap = timedelta(days=self.settings.overlap_days)
        since = min(self.now, _moment(self.position, "scanned_at", "swept_at")) - overlap
        if self._looks_back:
            since = min(since, self.now - LOOK_BACK)
        recent = Field("Date") >= since
        return recent if window is None else recent & window

    @property
    def _is_dated(self) -> bool:
        """Documents are read on from the last date seen, not by counting rows."""
        return self.mapping.entity.startswith("Document_")

    @property
    def _looks_back(self) -> bool:
        last = _moment(self.position, "looked_back_at", "swept_at")
        return self.whole or self.now - last >= LOOK_BACK_EVERY

    def _stale(self) -> Iterator[tuple[list[UUID], list[str]]]:
        """For each page of versions: what is new or changed, and all that was looked at."""
        base = self.hub.require_base()
        names = ("Ref_Key", "DataVersion", *(("Date",) if self._is_dated else ()))
        query = Query(select=names, filter=self._window(), order=self.mapping.order)
        for page in one_ahead(base.read_pages(self.mapping.entity, query)):
            versions = _versions(page.rows)
            with self.work.begin() as connection:
                stale = self._other_than_agreed(connection, versions)
            yield references_of(stale), list(versions)

    def _other_than_agreed(self, connection: Connection, versions: dict[str, Any]) -> list[str]:
        """Keys whose versions are not those that were last agreed on."""
        given = {"versions": dump_json(versions), "system": SYSTEM, "kind": self.mapping.kind}
        return list(connection.execute(STALE, given).scalars())

    def _gone(self, listed: Listing) -> list[str]:
        """Keys bound here that the base did not list, and does not know when asked by key."""
        if has_double(self.hub, self.mapping):
            log.warning("deletions_not_looked_for", mapping=self.mapping.name)
            return []
        before = self.taking.asked or self.now
        listed.ended()
        absent = listed.count_absent(self.mapping, before)
        too_many(listed.connection, self.settings, self.mapping, absent)
        return unknown(self.hub, self.mapping, listed.absent(self.mapping, before))

    def _move(self, held: str = "") -> None:
        """Keep how far and how deep this went; `held` tells what a person has to decide."""
        place = {key: value for key, value in self.position.items() if key != "held"}
        place["scanned_at"] = self.now.isoformat()
        if self._looks_back:
            place["looked_back_at"] = self.now.isoformat()
        if self.whole:
            place["swept_at"] = self.now.isoformat()
            place |= _asked(self.taking.asked)
        if held:
            place["held"] = held
        with self.work.begin() as connection:
            cursors.move(connection, stream_of(self.mapping), place)


def _asked(moment: datetime | None) -> dict[str, str]:
    return {"asked_at": moment.isoformat()} if moment else {}


def _versions(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Versions by key; a row without a key cannot be asked for, and is left."""
    found = {
        key: row.get("DataVersion") for row in rows if isinstance(key := row.get("Ref_Key"), str)
    }
    if len(found) < len(rows):
        log.warning("rows_without_key", count=len(rows) - len(found))
    return found


def _moment(position: dict[str, Any], *names: str) -> datetime:
    """The first of these moments that the place remembers."""
    return datetime.fromisoformat(next(position[name] for name in names if name in position))
