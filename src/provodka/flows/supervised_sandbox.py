"""The sandbox company, kept running for as long as a block lasts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import structlog

from provodka.flows.sandbox_process import running_sandbox
from provodka.foundation.errors import ProvodkaError

__all__ = ["KeptSandbox", "kept_sandbox"]

log = structlog.get_logger("provodka.up")
WATCH_SECONDS = 1.0
PAUSE_SECONDS = 5.0


@dataclass
class KeptSandbox:
    """A sandbox that is started again when it dies; it comes back at the same addresses."""

    state: Path
    stopping: threading.Event = field(default_factory=threading.Event)
    _first: Future[dict[str, Any]] = field(default_factory=Future)

    def addresses(self) -> dict[str, Any]:
        """Where it is and how to log in; waits for its start, raises what stood in its way."""
        return self._first.result()

    def run(self) -> None:
        """Keep it until told to stop."""
        while not self.stopping.is_set():
            try:
                with running_sandbox(self.state) as about:
                    if not self._first.done():
                        self._first.set_result(about)
                    self._watch(int(about["pid"]))
            except ProvodkaError as error:
                if not self._first.done():
                    self._first.set_exception(error)
                    return
                log.warning("sandbox_does_not_start", code=error.code)
                self.stopping.wait(PAUSE_SECONDS)

    def _watch(self, pid: int) -> None:
        while _lives(pid):
            if self.stopping.wait(WATCH_SECONDS):
                return
        log.warning("child_died", child="sandbox")


@contextmanager
def kept_sandbox(state: Path) -> Iterator[KeptSandbox]:
    """Begin to start the sandbox whose company lives in `state`; stop it after the block."""
    sandbox = KeptSandbox(state)
    thread = threading.Thread(target=sandbox.run, name="sandbox", daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        sandbox.stopping.set()
        thread.join()


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
