"""Child processes that are started again when they die, and all stopped at the end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

__all__ = ["Child", "Supervisor"]

log = structlog.get_logger("provodka.up")
WATCH_SECONDS = 0.5
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
SETTLED_SECONDS = 60.0
TERM_SECONDS = 10.0


@dataclass(slots=True)
class Child:
    """A Python module as a process that ends with this one; what it says goes to `log_file`."""

    name: str
    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0

    def start(self, now: float) -> None:
        """Start the process; it is out of reach of the terminal's Ctrl-C, which is ours to heed."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "provodka.flows.tethered", self.module, *self.arguments],
                env=dict(self.environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started = now

    def ended(self) -> int | None:
        """The exit code of a process that has ended."""
        return self.process.poll() if self.process else None

    def forget(self, now: float) -> None:
        """Let go of a dead process, and wait the longer the sooner it died."""
        if now - self.started >= SETTLED_SECONDS:
            self.pause = FIRST_PAUSE
        self.due = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        if self.process and self.process.stdin:
            self.process.stdin.close()
        self.process = None


@dataclass(slots=True)
class Supervisor:
    """Keeps children alive between `start` and `stop`."""

    children: Sequence[Child]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start all children and watch them in a thread."""
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask all children to end, the youngest first; kill those that do not."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
        processes = [one.process for one in reversed(self.children) if one.process]
        for process in processes:
            process.terminate()
        ends = time.monotonic() + TERM_SECONDS
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, ends - time.monotonic()))
            process.kill()
            process.wait()
            if process.stdin:
                process.stdin.close()

    def step(self, now: float) -> None:
        """Note the dead and start those whose pause is over; `now` is a monotonic time."""
        for child in self.children:
            code = child.ended()
            if code is not None:
                child.forget(now)
                log.warning("child_died", child=child.name, code=code, again_in=child.due - now)
            if child.process is None and now >= child.due:
                child.start(now)
                log.info("child_started", child=child.name)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self.step(time.monotonic())
            self._stopping.wait(WATCH_SECONDS)
