"""A sandbox inside of the test's own process."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from tests.contract.sandbox.neighbours import Record

from provodka.sandbox.app import Sandbox
from provodka.sandbox.settings import Settings


class Resident:
    """A sandbox in a thread of this process, on real sockets: up in a fraction of a second."""

    def __init__(self, state: Path) -> None:
        self.about: Record = {}
        self._settings = Settings(state, seed=7, pbx=False)
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._ready.wait(20)
        assert self.about, "the sandbox has not started"

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        sandbox = Sandbox(self._settings)
        self.about = await sandbox.start()
        self._ready.set()
        await self._over.wait()
        await sandbox.stop()

    def stop(self) -> None:
        """End it and wait for its end."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)
