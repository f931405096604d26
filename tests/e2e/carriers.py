"""A server that keeps the books of what was delivered to it, and a process that delivers.

The process stops at the place where it is told to, so that a test can freeze it there.
"""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.http import HttpClient
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.outcome import Done, Outcome

__all__ = ["TARGET", "Carrier", "Sink", "context", "delivering", "running_sink"]

context = multiprocessing.get_context("forkserver")
TARGET = "sink"


@dataclass
class Sink:
    """What came, in order: the errand's key, its document, and who brought it."""

    address: str = ""
    came: list[tuple[str, str, str]] = field(default_factory=list)

    def times(self) -> Counter[str]:
        """How often each errand came."""
        return Counter(key for key, _document, _who in self.came)

    def keys_of(self, document: str) -> list[str]:
        """What came for one document, in order."""
        return [key for key, about, _who in self.came if about == document]


@contextmanager
def running_sink() -> Iterator[Sink]:
    """A sink that listens on this machine for the block."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            sink.came.append((told["key"], told["document"], told["who"]))
            self._answer(b"{}")

        def do_GET(self) -> None:
            there = any(self.path.endswith(key) for key, _document, _who in sink.came)
            self._answer(json.dumps(there).encode())

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    sink.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield sink
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Carrier:
    """Posts errands to the sink; what may have come is looked up there by its key.

    `pause(where)` is called before and after each is sent.
    """

    http: HttpClient
    who: str
    target: str = TARGET
    lost_answer_wait: timedelta = timedelta()
    workers: int = 1
    ahead: int = 1

    def marker(self, errand: Errand) -> str:
        """The errand's key."""
        return errand.key

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Look, if need be, and send."""
        if errand.unsure and self._there(errand):
            return Done("delivered", result={"found": True})
        self.pause("before")
        told = {"key": errand.key, "document": str(errand.document), "who": self.who}
        self.http.request("POST", "", content=json.dumps(told).encode(), before=still_mine)
        self.pause("after")
        return Done("delivered", result={"by": self.who})

    def pause(self, where: str) -> None:
        """Go on at once."""

    def _there(self, errand: Errand) -> bool:
        found: bool = json.loads(self.http.request("GET", errand.key).body)
        return found


@dataclass
class _Halting(Carrier):
    """Says where it is at `halt`, and waits to be told to go on."""

    halt: str = ""
    line: Connection | None = None

    def pause(self, where: str) -> None:
        if where == self.halt and self.line:
            self.line.send(where)
            self.line.recv()


def delivering(store: str, sink: str, lease: timedelta, halt: str, line: Connection) -> None:
    """A process that delivers everything and tells how it went."""
    engine = open_engine(store)
    with HttpClient(sink) as http:
        counts = deliver(engine, _Halting(http, "first", halt=halt, line=line), lease=lease)
    line.send(dict(counts))
    engine.dispose()
