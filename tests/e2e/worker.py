"""The hub as it runs in production (fast lane and streams), in a process made to be killed.

A fork server imports everything once, so that a new life begins within milliseconds.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import stamina
import structlog

from provodka.flows.hub import open_hub
from provodka.flows.lane import Lane
from provodka.flows.settings import Environment
from provodka.flows.streams import STREAMS
from provodka.foundation.errors import ProvodkaError

__all__ = ["Worker"]

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload([__name__, "tests.e2e.warm"])
log = structlog.get_logger("worker")
CATALOGS_EVERY = 8
BREATH = 0.05


@dataclass
class Worker:
    """Starts the hub again and again; `journal` is where it complains."""

    environment: Environment
    journal: Path
    running: ForkServerProcess | None = None
    told: Connection | None = None
    doing: str = ""
    killed: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        """Begin a life; returns when it works."""
        self.told, telling = context.Pipe(duplex=False)
        first = sum(self.killed.values())
        given = (self.environment.model_dump(mode="json"), str(self.journal), telling, first)
        self.running = context.Process(target=live, args=given, daemon=True)
        self.running.start()
        telling.close()
        self._listen(wait=20)
        assert self.doing, "the hub did not come up"

    def kill(self) -> None:
        """SIGKILL; counts the stream that was running."""
        assert self.running
        self._listen(wait=0)
        self.running.kill()
        self.running.join()
        assert self.running.exitcode == -9, "the hub had died by itself"
        assert self.told
        self.told.close()
        self.killed[self.doing] += 1

    def hear(self) -> None:
        """Let it say what it does: nobody listening, it would stop in the end."""
        self._listen(wait=0)

    def freeze(self) -> None:
        """SIGSTOP: it keeps its connections, and does nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on where it was."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self.running
        assert self.running.pid
        os.kill(self.running.pid, number)

    def complaints(self) -> list[str]:
        """What it did not expect: where, and how the exception ends."""
        if not self.journal.exists():
            return []
        told = [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]
        found = [f"{one['event']}: {one['exception'][-900:]}" for one in told if "exception" in one]
        print(*found, sep="\n")  # noqa: T201
        return found

    def _listen(self, wait: float) -> None:
        assert self.told
        while self.told.poll(wait):
            self.doing, wait = self.told.recv(), 0


def live(environment: dict[str, Any], journal: str, telling: Connection, first: int) -> None:
    """One life: the lane in threads, the streams in turn, from another one each time."""
    stamina.set_testing(True, attempts=3, cap=True)
    with Path(journal).open("a", encoding="utf-8") as complaints:
        structlog.configure(
            processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
            wrapper_class=structlog.make_filtering_bound_logger(30),
            logger_factory=structlog.WriteLoggerFactory(complaints),
        )
        with open_hub(Environment(**environment)) as hub:
            threading.Thread(target=Lane(hub).run, daemon=True).start()
            names = list(STREAMS)
            for turn in itertools.count(first):
                name = names[turn % len(names)]
                if name == "catalogs" and turn % CATALOGS_EVERY:
                    continue
                telling.send(name)
                try:
                    STREAMS[name].run(hub, hub.engine)
                except ProvodkaError as error:
                    log.warning("trouble", stream=name, code=error.code)
                except Exception:
                    log.exception("stream_failed", stream=name)
                    time.sleep(BREATH)
                complaints.flush()
