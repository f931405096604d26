"""A system that takes deliveries over HTTP and keeps the books: what came, and in what order.

`POST /` takes `{"key": …, "document": …, "turn": n}`, `GET /books` tells what came. As little HTTP
as there can be: it is not to be what is measured.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from typing import Any

HEAD_ENDS = b"\r\n\r\n"
LENGTH = b"content-length:"


class Books:
    """Turns of each document in the order in which they came, and keys that came twice."""

    def __init__(self) -> None:
        self.turns: defaultdict[str, list[int]] = defaultdict(list)
        self.keys: Counter[str] = Counter()

    def take(self, delivery: dict[str, Any]) -> None:
        """Enter one delivery."""
        self.turns[delivery["document"]].append(delivery["turn"])
        self.keys[delivery["key"]] += 1

    def told(self) -> dict[str, int]:
        """How much came, how much of it again, and documents whose turns are out of order."""
        return {
            "deliveries": sum(self.keys.values()),
            "twice": sum(1 for times in self.keys.values() if times > 1),
            "documents": len(self.turns),
            "out_of_order": sum(1 for turns in self.turns.values() if turns != sorted(turns)),
        }


class Connection(asyncio.Protocol):
    """One caller; requests follow one another, each answered at once."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._came = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._came += data
        while (end := self._came.find(HEAD_ENDS)) >= 0:
            head = self._came[:end]
            body_ends = end + len(HEAD_ENDS) + _length(head)
            if len(self._came) < body_ends:
                return
            body = self._came[end + len(HEAD_ENDS) : body_ends]
            self._came = self._came[body_ends:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        said = b"{}"
        if head.startswith(b"POST"):
            self._books.take(json.loads(body))
        else:
            said = json.dumps(self._books.told()).encode()
        assert self._transport
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
            + str(len(said)).encode()
            + HEAD_ENDS
            + said
        )


def _length(head: bytes) -> int:
    place = head.lower().find(LENGTH)
    return int(head[place + len(LENGTH) :].split(b"\r\n", 1)[0]) if place >= 0 else 0


async def _serve() -> None:
    books = Books()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(books), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
