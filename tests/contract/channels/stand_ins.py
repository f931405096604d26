"""Stand-ins for the Bot API and an SMS gateway, by their documents; a hub's gateway beside them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

TOKEN = "700001:secret-of-the-bot"
LOGIN, PASSWORD = "romashka", "secret & words"
Answer = tuple[int, Any]


@dataclass
class Telegram:
    """A bot's server: `sent` are messages out, `updates` what people did."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    asked: list[int | None] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)

    def answer(self, path: str, body: bytes) -> Answer:
        if path.startswith("/file/"):
            content = self.files.get(path.removeprefix(f"/file/bot{TOKEN}/files/"))
            return (200, content) if content is not None else (404, b"")
        token, _slash, method = path.removeprefix("/bot").partition("/")
        if token != TOKEN:
            return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
        said = json.loads(body or b"{}")
        found: Answer = getattr(self, method)(said)
        return found

    def getMe(self, _said: Any) -> Answer:
        return 200, {"ok": True, "result": {"id": 700001, "username": "romashka_bot"}}

    def getFile(self, said: dict[str, Any]) -> Answer:
        if said["file_id"] not in self.files:
            words = "Bad Request: file is too big"
            return 400, {"ok": False, "error_code": 400, "description": words}
        return 200, {"ok": True, "result": {"file_path": f"files/{said['file_id']}"}}

    def sendMessage(self, said: dict[str, Any]) -> Answer:
        if said["chat_id"] in self.blocked:
            words = "Forbidden: bot was blocked by the user"
            return 403, {"ok": False, "error_code": 403, "description": words}
        if not str(said["chat_id"]).lstrip("-").isdigit():
            return 400, {
                "ok": False,
                "error_code": 400,
                "description": "Bad Request: chat not found",
            }
        self.sent.append(said)
        return 200, {"ok": True, "result": {"message_id": len(self.sent)}}

    def getUpdates(self, said: dict[str, Any]) -> Answer:
        offset = said.get("offset")
        self.asked.append(offset)
        if offset is not None:
            self.updates = [one for one in self.updates if one["update_id"] >= offset]
        return 200, {"ok": True, "result": self.updates[: said["limit"]]}

    def write(self, number: int, text: str = "", chat: int = 42, **more: Any) -> None:
        """A person writes to the bot."""
        message = {
            "message_id": number,
            "date": 1_795_424_400 + number,
            "chat": {"id": chat, "type": more.pop("type", "private")},
            "from": {"id": chat, "first_name": "Анна", "last_name": "Иванова"},
            "text": text,
            **more,
        }
        self.updates.append({"update_id": 9000 + number, "message": message})


@dataclass
class Smsc:
    """A gateway: `sent` by number, `statuses` by number (-1: on its way)."""

    sent: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    error: int = 0
    count: int = 0

    def answer(self, path: str, body: bytes) -> Answer:
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if (said["login"], said["psw"], said["fmt"]) != (LOGIN, PASSWORD, "3"):
            return 200, {"error": "authorise error", "error_code": 2}
        if self.error:
            return 200, {"error": "trouble", "error_code": self.error}
        if path.endswith("balance.php"):
            return 200, {"balance": "120.50"}
        if path.endswith("send.php"):
            self.count += 1
            self.sent[said["phones"], said["id"]] = said
            return 200, {"id": int(said["id"]), "cnt": 1, "cost": "3.45", "balance": "117.05"}
        key = (said["phone"], said["id"])
        if key not in self.sent:
            return 200, {"error": "message not found", "error_code": 3}
        status = self.statuses.get(said["id"], -1)
        told = {"status": status, "last_timestamp": 1_795_424_500, "status_name": "слова шлюза"}
        return 200, {**told, "cost": "3.45"}


@dataclass
class Served:
    """Where a stand-in is; `faults` are played on requests, one after another.

    "lost": done, and the answer is cut off; a number: a status with no meaning in its body.
    """

    url: str
    faults: list[str] = field(default_factory=list)


@contextmanager
def served(answer: Callable[[str, bytes], Answer]) -> Iterator[Served]:
    """Serve a stand-in for the block."""
    about = Served("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = about.faults.pop(0) if about.faults else ""
            status, said = answer(self.path, body) if fault in ("", "lost") else (int(fault), "?")
            if fault == "lost":
                self.close_connection = True
                return
            content = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    about.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield about
    server.shutdown()
    server.server_close()
    thread.join()
