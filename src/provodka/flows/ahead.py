"""Read the next page while the current one is being stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["one_ahead"]

T = TypeVar("T")
END = object()


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items in the same order, the next one fetched in a thread meanwhile.

    One fetch is under way at a time, so a base still sees one request at a time.
    """
    source = iter(items)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as pool:
        coming = pool.submit(next, source, END)
        while (item := coming.result()) is not END:
            coming = pool.submit(next, source, END)
            yield item  # type: ignore[misc]
