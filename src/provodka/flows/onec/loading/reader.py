"""`python -m provodka.flows.onec.loading.reader MAPPING`: the process that reads and prepares.

It says the mapping's version on its standard output, is given a `Task` on its standard input,
answers with one `Batch` after another and `None` at the end. It writes nothing anywhere, so it may
be killed at any time; when its parent dies, its input ends, and so does it.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import structlog

from provodka.connectors.onec.odata.pages import RawPage
from provodka.connectors.onec.odata.wire_json import NotJson
from provodka.flows.ahead import one_ahead
from provodka.flows.hub import Hub, open_hub
from provodka.flows.onec.loading.batch import Batch, Task, joined
from provodka.flows.onec.loading.frames import receive, send
from provodka.flows.onec.taking import Prepared, Taking, prepare, sort_rows
from provodka.foundation.logs import configure_logs
from provodka.mappings.compiled import Mapping

__all__ = ["main", "prepared_pages"]

log = structlog.get_logger("provodka.pull")

PIECE = 100
"""Rows to take from JSON to COPY in one go: what stays in the processor's cache is done sooner."""


def main() -> None:
    """Become the reader of one mapping's set."""
    output = _own_output()
    configure_logs(human=False)
    # A page is a million small objects and no cycles among them.
    gc.set_threshold(500_000, 20, 100)
    with open_hub() as hub:
        mapping = hub.mappings[sys.argv[1]]
        send(output, mapping.version)
        task: Task = receive(sys.stdin.buffer)
        threading.Thread(target=_follow_parent, daemon=True).start()
        try:
            for batch in prepared_pages(hub, mapping, task):
                send(output, batch)
                del batch
        except NotJson as damage:
            # Who gave the task goes on from here by itself, and asks the base again.
            log.warning("page_unreadable", mapping=mapping.name, reason=str(damage))
            return
        send(output, None)


def prepared_pages(hub: Hub, mapping: Mapping, task: Task) -> Iterator[Batch]:
    """The set's pages from `task.query.skip` on, each prepared as far as that is safe.

    A page of newcomers alone depends on nothing that an earlier page may still be changing:
    what it refers to is of another kind, and a key that came before is refused by the store.
    """
    taking = replace(task.taking, mappings=hub.mappings)
    for page in one_ahead(hub.require_base().read_raw_pages(mapping.entity, task.query)):
        prepared = _prepared(hub, taking, mapping, page)
        yield Batch(page.body, page.next_skip, page.anchor, prepared)
        # A page is tens of megabytes: none is kept while the next ones are being read.
        del page, prepared


def _prepared(hub: Hub, taking: Taking, mapping: Mapping, page: RawPage) -> Prepared | None:
    pieces = []
    with hub.engine.connect() as connection:
        for rows in page.pieces(PIECE):
            found = sort_rows(connection, taking, mapping, rows)
            if not found.newcomers_only:
                return None
            pieces.append(prepare(connection, mapping, found, len(rows)))
    return joined(pieces)


def _own_output() -> BinaryIO:
    """The standard output for frames alone: whatever else is printed goes to the error stream."""
    mine = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(mine, "wb", buffering=1 << 20)


def _follow_parent() -> None:
    while sys.stdin.buffer.read(1):
        continue
    os._exit(0)


if __name__ == "__main__":
    main()
