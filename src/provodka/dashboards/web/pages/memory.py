"""Pieces of pages that were written already, kept while there is room for them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

__all__ = ["MOST_SIGNS", "Memory"]

MOST_SIGNS = 8_000_000
"""So many signs of text are kept in all: at most some 16 MB, for no script here takes more."""


class Memory:
    """What was written for a key, by any thread; what was not asked for longest goes first.

    A key has to name everything that the text depends on: nothing is ever brought up to date.
    """

    def __init__(self, most: int = MOST_SIGNS) -> None:
        self._most = most
        self._size = 0
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._alone = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """What is kept under a key; `None` for nothing."""
        with self._alone:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, kept: Any, size: int) -> None:
        """Keep a value of so many signs; what is too large for all the room is not kept."""
        with self._alone:
            self._size -= self._held.pop(key, (None, 0))[1]
            if size > self._most:
                return
            self._held[key] = kept, size
            self._size += size
            while self._size > self._most:
                _key, (_gone, freed) = self._held.popitem(last=False)
                self._size -= freed
