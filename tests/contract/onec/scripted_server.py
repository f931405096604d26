"""A web server that plays scripted bytes: answers that no real server would give on purpose."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import unquote

DROP = b""
"""Close the connection without a word."""


@dataclass(frozen=True)
class Seen:
    """A request as it came over the wire: `target` is still percent-encoded."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def asked(self) -> str:
        """The target, decoded once."""
        return unquote(self.target)


Step = bytes | Callable[[Seen], bytes]


def answer(
    status: int, body: bytes | str | dict[str, Any] | list[Any] = b"", **headers: str
) -> bytes:
    """A whole, honest HTTP answer; a dict is sent as JSON."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body, ensure_ascii=False)
    data = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in named.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


def rows(*values: dict[str, Any]) -> bytes:
    """A set's answer with these rows."""
    return answer(200, {"value": list(values)})


@dataclass
class ScriptedServer:
    """Plays `script` step by step, one per request; past its end it repeats the last."""

    script: list[Step]
    seen: list[Seen] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Self:
        outer = self
        lock = threading.Lock()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while (request := self._request()) is not None:
                    with lock:
                        outer.seen.append(request)
                        step = outer.script[min(len(outer.seen), len(outer.script)) - 1]
                    data = step(request) if callable(step) else step
                    self.wfile.write(data)
                    if data == DROP or b"Connection: close" in data[:400]:
                        return

            def _request(self) -> Seen | None:
                first = self.rfile.readline().decode("latin-1").split()
                if len(first) != 3:
                    return None
                headers = {}
                while line := self.rfile.readline().decode().strip():
                    name, _colon, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = self.rfile.read(int(headers.get("content-length", 0)))
                return Seen(first[0], first[1], headers, body)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/base"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()
