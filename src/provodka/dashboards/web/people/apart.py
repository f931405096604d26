"""Slow work of sign-in keeps to a few threads of its own number, so that pages are not held up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

__all__ = ["PASSWORDS", "PROVIDER", "Busy", "apart"]

Given = ParamSpec("Given")
Made = TypeVar("Made")
PASSWORDS = "passwords"
PROVIDER = "provider"
AT_ONCE = {PASSWORDS: 2, PROVIDER: 4}
"""Passwords take 46 MiB each while they are checked; a provider that is away takes a thread."""
WAITING = 40


class Busy(Exception):
    """Too many wait for the same already."""


@dataclass
class Queue:
    """One kind of work: who may be at it, how many wait."""

    places: asyncio.Semaphore
    waiting: int = 0


@dataclass
class Queues:
    """Those of an application."""

    of: dict[str, Queue] = field(default_factory=dict)


async def apart(
    request: Request,
    kind: str,
    work: Callable[Given, Made],
    *given: Given.args,
    **named: Given.kwargs,
) -> Made:
    """Do the work in a thread, when it is its turn. Raises `Busy` instead of waiting too long."""
    queue = _queue(request, kind)
    if queue.waiting >= WAITING:
        raise Busy
    queue.waiting += 1
    try:
        await queue.places.acquire()
    finally:
        queue.waiting -= 1
    try:
        return await run_in_threadpool(work, *given, **named)
    finally:
        queue.places.release()


def _queue(request: Request, kind: str) -> Queue:
    state = request.app.state
    if not hasattr(state, "sign_in_queues"):
        state.sign_in_queues = Queues()
    queues: Queues = state.sign_in_queues
    if kind not in queues.of:
        queues.of[kind] = Queue(asyncio.Semaphore(AT_ONCE[kind]))
    return queues.of[kind]
