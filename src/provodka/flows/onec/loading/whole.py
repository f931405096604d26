"""Storing a whole set: small ones page by page, large ones with a second process that reads.

Reading a page and writing one cost about the same, so two processes do it in half the time. The
second one only reads: whatever becomes of it, the load goes on from the last page stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

from sqlalchemy import Connection, Engine

from provodka.connectors.onec.odata.pages import Page
from provodka.connectors.onec.odata.query import Query
from provodka.flows.ahead import one_ahead
from provodka.flows.hub import Hub
from provodka.flows.onec.loading.assistant import Assistant
from provodka.flows.onec.loading.batch import Batch, Task
from provodka.flows.onec.taking import Taking, take, take_prepared
from provodka.flows.work import Work
from provodka.mappings.compiled import Mapping

__all__ = ["store_whole"]

LARGE = 2_000
"""From how many documents on a load is worth a process of its own, which takes a second to start.
"""

Moved = Callable[[Connection, Page | Batch], None]


def store_whole(
    hub: Hub, work: Work, mapping: Mapping, taking: Taking, query: Query, moved: Moved
) -> Counter[str]:
    """Take every row that the query selects, a page a transaction; counts as `take`.

    `moved` is called with each page in its transaction, to note where the next one starts. In a
    rehearsal, where all pages share one transaction, no other process could see what they refer to.
    """
    counts: Counter[str] = Counter()
    apart = isinstance(work, Engine) and _is_plain(hub, taking, mapping)
    with ExitStack() as opened:
        company = opened if apart else None
        for page in one_ahead(_pages(hub, mapping, taking, query, company)):
            with work.begin() as connection:
                counts += _store(connection, taking, mapping, page)
                moved(connection, page)
    return counts


def _is_plain(hub: Hub, taking: Taking, mapping: Mapping) -> bool:
    """Whether another process would read the set as this one does: it knows the mappings alone.

    Not what is passed over, refused or read without a field that the base lacks just now.
    """
    declared = mapping is hub.mappings.get(mapping.name)
    heeded = taking.again or taking.later or mapping.name in taking.refusing
    return declared and not heeded and not _refers_to_itself(mapping)


def _refers_to_itself(mapping: Mapping) -> bool:
    """Whether a page may need the documents of the one before it."""
    return any("reference" in pair.how and pair.argument == mapping.kind for pair in mapping.pairs)


def _pages(
    hub: Hub, mapping: Mapping, taking: Taking, query: Query, company: ExitStack | None
) -> Iterator[Page | Batch]:
    base, rest = hub.require_base(), query
    assistant: Assistant | None = None
    for page in base.read_pages(mapping.entity, query):
        yield page
        rest = _after(page, query)
        if assistant is not None and assistant.ready:
            break
        large = page.next_skip - query.skip >= LARGE
        if assistant is None and company and hub.environment and large:
            assistant = company.enter_context(Assistant(hub.environment, mapping))
    else:
        return
    for batch in assistant.pages(Task(rest, taking.handed_over(mapping.kind))):
        yield batch
        rest = _after(batch, query)
    if not assistant.finished:
        yield from base.read_pages(mapping.entity, rest)


def _after(page: Page | Batch, query: Query) -> Query:
    """What is left to read after a page."""
    return replace(query, skip=page.next_skip, after=page.anchor)


def _store(
    connection: Connection, taking: Taking, mapping: Mapping, page: Page | Batch
) -> Counter[str]:
    if isinstance(page, Batch) and page.prepared is not None:
        return take_prepared(connection, taking, mapping, page.prepared, lambda: page.rows)
    return take(connection, taking, mapping, page.rows)
