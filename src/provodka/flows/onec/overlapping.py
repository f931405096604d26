"""Storing pages while the next ones are being fetched and sorted.

The database writes one page while this process reads another, so that neither waits for the
other. A page is sorted ahead only when that cannot depend on the page being written.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine

from provodka.connectors.onec.odata.pages import Page
from provodka.flows.ahead import one_ahead
from provodka.flows.onec.merging import plan_page, render_plan
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import Sorted, Taking, sort_rows
from provodka.flows.work import Work
from provodka.mappings.compiled import Mapping

__all__ = ["store_pages"]

Save = Callable[[Connection, Page, Sorted | None], Counter[str]]
WAITING_PAGES = 1
"""How many pages may wait, sorted, while one is being written: evens out slow moments."""


def store_pages(
    work: Work, taking: Taking, mapping: Mapping, pages: Iterable[Page], save: Save
) -> Counter[str]:
    """Save each page in a transaction of its own, in order; the counts of all of them.

    A page is never saved after one before it has failed. In a rehearsal, where all pages share
    one transaction, nothing overlaps.
    """
    if not isinstance(work, Engine):
        return _one_by_one(work, pages, save)
    counts: Counter[str] = Counter()
    under_way: deque[_Saving] = deque()
    with (
        _threads_take_turns(),
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="write") as writer,
    ):
        for page in one_ahead(pages):
            keys = _keys(page)
            apart = all(keys.isdisjoint(one.keys) for one in under_way)
            ready = _sorted_ahead(work, taking, mapping, page, apart)
            before = under_way[-1].future if under_way else None
            future = writer.submit(_save_after, before, work, save, page, ready)
            under_way.append(_Saving(future, keys))
            if len(under_way) > WAITING_PAGES:
                counts += under_way.popleft().future.result()
        for one in under_way:
            counts += one.future.result()
    return counts


@dataclass(frozen=True)
class _Saving:
    """A page on its way into the store, and the keys of its rows."""

    future: Future[Counter[str]]
    keys: set[str]


@contextmanager
def _threads_take_turns() -> Iterator[None]:
    """Let the writer go on as soon as the database has answered, while other pages are read.

    The interpreter changes threads ten times as often as usual, and looks for cycles less often:
    a page is a million small objects and none of them.
    """
    usual, patience = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(500_000, 20, 100)
    sys.setswitchinterval(patience / 10)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        sys.setswitchinterval(patience)


def _one_by_one(work: Work, pages: Iterable[Page], save: Save) -> Counter[str]:
    counts: Counter[str] = Counter()
    for page in pages:
        with work.begin() as connection:
            counts += save(connection, page, None)
    return counts


def _save_after(
    before: Future[Counter[str]] | None,
    engine: Engine,
    save: Save,
    page: Page,
    ready: Sorted | None,
) -> Counter[str]:
    """Save a page unless the one before it has failed: then fail as that one did."""
    if before is not None:
        before.result()
    with engine.begin() as connection:
        return save(connection, page, ready)


def _sorted_ahead(
    engine: Engine, taking: Taking, mapping: Mapping, page: Page, apart: bool
) -> Sorted | None:
    """The page sorted, or `None` if that has to wait until the page before it is stored."""
    if not apart or taking.again or _refers_to_itself(mapping):
        return None
    with engine.connect() as connection:
        ready = sort_rows(connection, taking, mapping, page.rows)
        if not ready.newcomers_only:
            return None
        plan = plan_page(connection, SYSTEM, mapping, ready.assignment.assigned)
    return replace(ready, plan=render_plan(SYSTEM, mapping, plan))


def _refers_to_itself(mapping: Mapping) -> bool:
    return any("reference" in pair.how and pair.argument == mapping.kind for pair in mapping.pairs)


def _keys(page: Page) -> set[str]:
    return {str(row.get("Ref_Key")) for row in page.rows}
