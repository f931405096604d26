"""Sandboxes that start at once: forked from a process that has imported everything already.

A third of a second for each of some four hundred tests would be minutes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["Nursery", "nursery"]

PATIENCE = 10.0
PROGRAM = "provodka.sandbox"


class Nursery:
    """Starts sandboxes; one process of its own, which they are children of."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @contextmanager
    def sandbox(self, state: Path, *options: str) -> Iterator[dict[str, Any]]:
        """Addresses and logins of a sandbox whose company lives in `state`, for the block."""
        state.mkdir(parents=True, exist_ok=True)
        about = self._born(state, ["--state", str(state), *options])
        try:
            yield about
        finally:
            _stop(about["pid"])

    def _born(self, state: Path, options: Sequence[str]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wish = {"log": str(state / "sandbox.log"), "options": options}
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        said: dict[str, Any] = json.loads(self._process.stdout.readline())
        return said


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A nursery for the block."""
    # The name among its arguments is how a sandbox is told from other processes.
    command = [sys.executable, __file__, PROGRAM]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        yield Nursery(process)
        process.kill()


def _stop(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            os.kill(pid, 0)
            time.sleep(0.002)
        os.kill(pid, signal.SIGKILL)


def _serve() -> None:
    from provodka.sandbox import __main__ as program
    from provodka.sandbox.onec.schema import load_schema

    load_schema()
    # Nobody waits for the children: the system buries them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        wish = json.loads(line)
        if os.fork():
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = [PROGRAM, *wish["options"]]
        program.main()
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    _serve()
