"""Read the next page while the current one is being stored."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["one_ahead"]

T = TypeVar("T")
END = object()
TURN = 0.0005
"""Seconds after which threads change places from the first call on.

Whoever waits for the network needs the interpreter for an instant and then waits again; with the
usual turns of 5 ms it stands behind the one that computes with every packet.
"""


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items in the same order, the next one fetched in a thread meanwhile.

    One fetch is under way at a time, so a base still sees one request at a time.
    """
    sys.setswitchinterval(min(sys.getswitchinterval(), TURN))
    source = iter(items)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as pool:
        coming = pool.submit(next, source, END)
        while (item := coming.result()) is not END:
            coming = pool.submit(next, source, END)
            yield item  # type: ignore[misc]
