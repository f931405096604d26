"""Garbage is collected more rarely while pages of documents go by."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["rarely_collected"]

RARE = (500_000, 20, 100)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """In the block: a page is a million small objects and no cycles among them.

    Looking for cycles after every few hundred of them takes a third of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(*RARE)
    try:
        yield
    finally:
        gc.set_threshold(*before)
