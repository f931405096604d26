"""`python -m benchmarks.inbox_side …`: one side of the inbox's benchmark, a process of its own.

`serve` opens a door, or a bare FastAPI that echoes what it gets; `knock` sends and times.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import socket
import sys
import time
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

KEY = "a key of the benchmark"
COMPANY = {"company": {"name": "ООО «Ромашка»", "inn": "7707083893"}}
WEB = {"hook_rate": 1_000_000_000, "hooks": {"bench": {"secret_env": "BENCH_KEY"}}}


def serve_door(url: str, listener: socket.socket) -> None:
    """The door as the product serves it."""
    from provodka.flows.settings import HubSettings
    from provodka.flows.web_process import server_of

    os.environ["BENCH_KEY"] = KEY
    settings = HubSettings.model_validate({**COMPANY, "web": WEB})
    assert settings.web is not None
    server_of(settings, settings.web, url).run(sockets=[listener])


def serve_echo(listener: socket.socket) -> None:
    """FastAPI and uvicorn as they come, with a route that answers what it is sent."""
    app = FastAPI()

    @app.post("/hooks/bench")
    async def echo(request: Request) -> Response:
        return Response(await request.body(), media_type="application/json")

    config = uvicorn.Config(app, loop="asyncio", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


def request(number: int, at: str) -> bytes:
    """A signed webhook on the wire; each is an event of its own."""
    body = json.dumps({"process": "bench", "deal": f"{number:032x}", "note": "x" * 200}).encode()
    digest = hmac.new(KEY.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    head = (
        "POST /hooks/bench HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nProvodka-Signature: t={at},v1={digest}\r\n\r\n"
    )
    return head.encode() + body


async def knock(port: int, count: int, clients: int, first: int) -> dict[str, Any]:
    """Send so many webhooks over so many connections; the answers' times in milliseconds."""
    at = str(int(datetime.now(UTC).timestamp()))
    waiting = [request(number, at) for number in range(first, first + count)]
    times: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            sent = time.perf_counter()
            writer.write(waiting.pop())
            status = await reader.readline()
            length = 0
            while (line := await reader.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            times.append(time.perf_counter() - sent)
            assert status.split()[1][:1] == b"2", status
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _number in range(clients)))
    seconds = time.perf_counter() - started
    times.sort()
    p95 = 1000 * times[int(len(times) * 0.95)]
    return {"accepted": len(times), "per_second": len(times) / seconds, "p95_ms": p95}


def main() -> None:
    """`serve door URL`, `serve echo`, `knock PORT COUNT CLIENTS FIRST`."""
    what, *rest = sys.argv[1:]
    if what == "knock":
        port, count, clients, first = map(int, rest)
        print(json.dumps(asyncio.run(knock(port, count, clients, first))))
        return
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    print(listener.getsockname()[1], flush=True)
    if rest[0] == "door":
        serve_door(rest[1], listener)
    else:
        serve_echo(listener)


if __name__ == "__main__":
    main()
