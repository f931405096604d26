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

from provodka.connectors.onec.odata.pages import Page
from provodka.flows.ahead import one_ahead
from provodka.flows.hub import Hub, open_hub
from provodka.flows.onec.loading.batch import Batch, Task
from provodka.flows.onec.loading.frames import receive, send
from provodka.flows.onec.taking import Prepared, Taking, prepare, sort_rows
from provodka.foundation.logs import configure_logs
from provodka.mappings.compiled import Mapping

__all__ = ["main", "prepared_pages"]


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
        for batch in prepared_pages(hub, mapping, task):
            send(output, batch)
            del batch
        send(output, None)


def prepared_pages(hub: Hub, mapping: Mapping, task: Task) -> Iterator[Batch]:
    """The set's pages from `task.query.skip` on, each prepared as far as that is safe.

    A page of newcomers alone depends on nothing that an earlier page may still be changing:
    what it refers to is of another kind, and a key that came before is refused by the store.
    """
    taking = replace(task.taking, mappings=hub.mappings)
    for page in one_ahead(hub.require_base().read_pages(mapping.entity, task.query)):
        prepared = _prepared(hub, taking, mapping, page)
        yield Batch(page.body, page.next_skip, page.anchor, prepared)
        # A page is tens of megabytes: none is kept while the next ones are being read.
        del page, prepared


def _prepared(hub: Hub, taking: Taking, mapping: Mapping, page: Page) -> Prepared | None:
    with hub.engine.connect() as connection:
        found = sort_rows(connection, taking, mapping, page.rows)
        if not found.newcomers_only:
            return None
        return prepare(connection, mapping, found, len(page.rows))


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
