"""How hard the base is worked: requests at once, time spent; and how a file-mode base bears it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from provodka.sandbox.switches import Switches


class Load:
    """Counts since the start or the last reset; in memory only."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._at_once = 0
        self.reset()

    def reset(self) -> None:
        """Start counting anew; requests that are being answered go on counting."""
        self._requests = 0
        self._most = self._at_once
        self._busy = 0.0
        self._waited = 0.0

    def listed(self) -> dict[str, Any]:
        """`busy_seconds` is the base's own time, `waited_seconds` what requests stood in line."""
        return {
            "requests": self._requests,
            "at_once": self._at_once,
            "most_at_once": self._most,
            "busy_seconds": round(self._busy, 4),
            "waited_seconds": round(self._waited, 4),
        }

    @asynccontextmanager
    async def request(self, switches: Switches) -> AsyncIterator[None]:
        """Count one request; in file mode it waits for its turn and is slower the more there are.

        All others wait meanwhile, so ten clients at once get less than one after the other.
        """
        self._requests += 1
        self._at_once += 1
        self._most = max(self._most, self._at_once)
        arrived = time.monotonic()
        try:
            if not switches.file_mode:
                async with self._working():
                    yield
                return
            async with self._turn:
                self._waited += time.monotonic() - arrived
                async with self._working():
                    await asyncio.sleep(switches.file_seconds * self._at_once)
                    yield
        finally:
            self._at_once -= 1

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self._busy += time.monotonic() - started
