"""Pull from 1C: the whole set the first time, afterwards only what has changed.

A base without an exchange plan for the hub has no change feed, so changes are found by
comparing the versions that 1C gives to every write (`DataVersion`) with the last seen ones:
a light scan of two fields, then the changed documents whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from provodka.connectors.crm_store import bindings, cursors, locks
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.filters import Field, Filter, all_of
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.url_budget import split_or
from provodka.flows.ahead import one_ahead
from provodka.flows.hub import Hub
from provodka.flows.onec.loading.whole import store_whole
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import Taking, stream_of, take
from provodka.flows.work import Work
from provodka.mappings.books import BOOKS, Books, read_book
from provodka.mappings.compiled import Mapping

__all__ = ["ACCOUNTING", "CATALOGS", "TAKING", "pull", "pull_mappings", "taking_for"]

log = structlog.get_logger("provodka.pull")

CATALOGS = ("organization", "client", "contract", "product")
ACCOUNTING = ("invoice", "payment_bank", "payment_cash", "shipment")

TAKING = f"take:{SYSTEM}"
WINDOW = timedelta(days=60)
SWEEP_EVERY = timedelta(days=1)
REFS_BUDGET = 900


def pull_mappings(hub: Hub, work: Work, names: Sequence[str]) -> Counter[str]:
    """Pull several mappings in order; counts of all of them together.

    One taker at a time: two that met the same newcomer would each give it a document.
    """
    taking = taking_for(hub, [hub.mappings[name] for name in names])
    counts: Counter[str] = Counter()
    with locks.alone(hub.engine, TAKING, wait=True):
        for name in names:
            counts += pull(hub, work, hub.mappings[name], taking)
    return counts


def taking_for(hub: Hub, mappings: Iterable[Mapping]) -> Taking:
    """What `take` must know about the base, its small reference books read."""
    wanted = {name for mapping in mappings for name in mapping.books}
    return Taking(hub.base_zone, _books(hub.require_base(), wanted), hub.mappings)


def pull(hub: Hub, work: Work, mapping: Mapping, taking: Taking) -> Counter[str]:
    """Bring one mapping's documents up to date, page by page, each in a transaction."""
    with work.begin() as connection:
        position = cursors.read(connection, stream_of(mapping)) or {}
        taking.asked = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    mended = position.get("mapping", mapping.version) != mapping.version
    if mended or not position.get("complete"):
        taking.again = mended
        skip = 0 if mended else position.get("skip", 0)
        counts = _whole(hub, work, mapping, taking, skip)
        taking.again = False
    else:
        counts = _changed(hub, work, mapping, taking, position)
    log.info("pulled", mapping=mapping.name, **counts)
    return counts


def _whole(hub: Hub, work: Work, mapping: Mapping, taking: Taking, skip: int) -> Counter[str]:
    def moved(connection: Connection, next_skip: int) -> None:
        place = {"mapping": mapping.version, "skip": next_skip, "complete": False}
        cursors.move(connection, stream_of(mapping), place)

    whole = Query(select=mapping.select, filter=_concerning(mapping), skip=skip)
    counts = store_whole(hub, work, mapping, taking, whole, moved)
    _complete(work, mapping, hub.clock())
    return counts


def _concerning(mapping: Mapping) -> Filter | None:
    """What the hub takes of a set, asked of the base itself: no groups, no foreign operations."""
    wanted = [Field(name).one_of(sorted(values, key=str)) for name, values, _place in mapping.only]
    return all_of(wanted) if wanted else None


def _complete(work: Work, mapping: Mapping, swept_at: datetime) -> None:
    place = {"mapping": mapping.version, "complete": True, "swept_at": swept_at.isoformat()}
    with work.begin() as connection:
        cursors.move(connection, stream_of(mapping), place)


def _changed(
    hub: Hub, work: Work, mapping: Mapping, taking: Taking, position: dict[str, Any]
) -> Counter[str]:
    base, now = hub.require_base(), hub.clock()
    sweep = now - datetime.fromisoformat(position["swept_at"]) >= SWEEP_EVERY
    window = _concerning(mapping)
    if mapping.entity.startswith("Document_") and not sweep:
        recent = Field("Date") >= now - WINDOW
        window = recent if window is None else recent & window
    counts: Counter[str] = Counter()
    for refs, scanned in _stale(base, work, mapping, window):
        counts["read"] += scanned - len(refs)
        counts["same"] += scanned - len(refs)
        for rows in _by_refs(base, mapping, refs, taking):
            with work.begin() as connection:
                counts += take(connection, taking, mapping, rows)
    if sweep:
        _complete(work, mapping, now)
    return counts


def _stale(
    base: ODataBase, work: Work, mapping: Mapping, window: Filter | None
) -> Iterator[tuple[list[UUID], int]]:
    """For each page of versions: what is new or changed, and how many were looked at."""
    query = Query(select=("Ref_Key", "DataVersion"), filter=window)
    for page in one_ahead(base.read_pages(mapping.entity, query)):
        with work.begin() as connection:
            keys = [row["Ref_Key"] for row in page.rows]
            seen = bindings.versions(connection, SYSTEM, mapping.kind, keys)
        stale = [
            UUID(row["Ref_Key"])
            for row in page.rows
            if seen.get(row["Ref_Key"], (None, None))[1] != row["DataVersion"]
        ]
        yield stale, len(page.rows)


def _by_refs(
    base: ODataBase, mapping: Mapping, refs: Sequence[UUID], taking: Taking
) -> Iterator[list[dict[str, Any]]]:
    conditions = [Field("Ref_Key") == ref for ref in refs]
    for chain in split_or(conditions, taking.zone, REFS_BUDGET):
        rows: list[dict[str, Any]] = []
        for page in base.read_pages(mapping.entity, Query(select=mapping.select, filter=chain)):
            rows += page.rows
        yield rows


def _books(base: ODataBase, names: Iterable[str]) -> Books:
    found = {}
    for name in names:
        book = BOOKS[name]
        pages = base.read_pages(book.entity, Query(select=book.select))
        found[name] = read_book(name, (row for page in pages for row in page.rows))
    return found
