"""A real CalDAV server (Radicale), in a thread, with calendars of its own for each test."""

from __future__ import annotations

import base64
import http.client
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from radicale import config
from radicale.app import Application

LOGIN, PASSWORD = "anna", "secret words"
TOKEN = "an-access-token"
"""What a service in front of the server takes for the same person."""
BASIC = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
MAKE = b"""<?xml version="1.0"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>Work</D:displayname></D:prop></D:set></C:mkcalendar>"""
numbers = itertools.count(1)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False


class _Handler(WSGIRequestHandler):
    def log_message(self, *_said: Any) -> None:
        pass


@dataclass
class DavServer:
    """Where it is; `faults` are played on requests of a method, one after another.

    A fault is a status to answer with instead, or "lost": done, and the answer is cut off.
    """

    port: int
    faults: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def calendar(self) -> str:
        """The address of a new empty calendar."""
        path = f"/{LOGIN}/work{next(numbers)}/"
        assert self.call("MKCALENDAR", path, MAKE)[0] == 201
        return f"http://127.0.0.1:{self.port}{path}"

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """As a person's program does: not counted, not disturbed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            given = {"Authorization": f"Basic {BASIC}", "X-Person": "1", **headers}
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@contextmanager
def dav_server(folder: Path) -> Iterator[DavServer]:
    """Serve for the block."""
    (folder / "users").write_text(f"{LOGIN}:{PASSWORD}\n", encoding="utf-8")
    settings = config.load()
    settings.update(
        {
            "storage": {"filesystem_folder": str(folder / "store")},
            "auth": {
                "type": "htpasswd",
                "htpasswd_filename": str(folder / "users"),
                "htpasswd_encryption": "plain",
                "delay": "0",
            },
            "logging": {"level": "critical"},
        },
        "test",
        privileged=True,
    )
    real = Application(settings)
    about = DavServer(0)

    def application(environ: dict[str, Any], start: Any) -> Any:
        if "HTTP_X_PERSON" in environ:
            return real(environ, start)
        if environ.get("HTTP_AUTHORIZATION") == f"Bearer {TOKEN}":
            environ["HTTP_AUTHORIZATION"] = f"Basic {BASIC}"
        method = environ["REQUEST_METHOD"]
        about.asked.append((method, environ["PATH_INFO"]))
        fault = about.faults[method].pop(0) if about.faults.get(method) else ""
        if fault and fault != "lost":
            start(f"{fault} Trouble", [("Content-Length", "0")])
            return [b""]
        answer = real(environ, start)
        if fault == "lost":
            raise ConnectionAbortedError
        return answer

    with make_server("127.0.0.1", 0, application, _Server, _Handler) as server:
        about.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield about
        server.shutdown()
        thread.join()
