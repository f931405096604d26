"""The reading process as its parent sees it: asked for pages, watched, and done without if lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO, Self, cast

import structlog

from provodka.flows.onec.loading.batch import Batch, Task
from provodka.flows.onec.loading.frames import receive, send
from provodka.flows.settings import Environment
from provodka.mappings.compiled import Mapping

__all__ = ["Assistant"]

log = structlog.get_logger("provodka.pull")

PATIENCE = 5.0


class Assistant:
    """One reading process; ends with the block."""

    def __init__(self, environment: Environment, mapping: Mapping) -> None:
        self.finished = False
        self._mapping = mapping
        self._process = subprocess.Popen(
            [sys.executable, "-m", "provodka.flows.onec.loading.reader", mapping.name],
            env=os.environ | environment.told(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=1 << 20,
            start_new_session=True,
        )
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assistant")
        self._version = self._thread.submit(receive, self._output)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        self._thread.shutdown()
        for pipe in (self._input, self._output):
            try:
                pipe.close()
            except OSError:
                continue

    @property
    def ready(self) -> bool:
        """Whether it has started, and reads by the very mapping that its parent goes by."""
        if not self._version.done() or self._version.exception() is not None:
            return False
        return bool(self._version.result() == self._mapping.version)

    def pages(self, task: Task) -> Iterator[Batch]:
        """Pages from where the task begins; ends early if the process is lost: see `finished`."""
        try:
            send(self._input, task)
            while (batch := receive(self._output)) is not None:
                yield batch
        except (EOFError, OSError):
            log.warning("reader_lost", mapping=self._mapping.name, code=self._process.poll())
        else:
            self.finished = True

    @property
    def _input(self) -> BinaryIO:
        return cast("BinaryIO", self._process.stdin)

    @property
    def _output(self) -> BinaryIO:
        return cast("BinaryIO", self._process.stdout)
