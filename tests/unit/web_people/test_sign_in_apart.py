"""Slow work of sign-in has a few places and a queue with an end."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from provodka.dashboards.web.people.apart import AT_ONCE, PASSWORDS, WAITING, Busy, apart


def asked() -> Any:
    """A request to an application."""
    return SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace()))


def test_no_more_are_at_work_than_there_are_places_and_too_many_are_turned_away() -> None:
    working: list[int] = []
    most: list[int] = []
    free = threading.Event()

    def work(number: int) -> int:
        working.append(number)
        most.append(len(working))
        free.wait(30)
        working.remove(number)
        return number

    async def crowd() -> list[int]:
        request = asked()
        everybody = range(AT_ONCE[PASSWORDS] + WAITING)
        tasks = [asyncio.create_task(apart(request, PASSWORDS, work, one)) for one in everybody]
        await asyncio.sleep(0)
        queue = request.app.state.sign_in_queues.of[PASSWORDS]
        assert queue.waiting == WAITING
        with pytest.raises(Busy):
            await apart(request, PASSWORDS, work, -1)
        free.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(crowd()) == list(range(AT_ONCE[PASSWORDS] + WAITING))
    assert max(most) <= AT_ONCE[PASSWORDS]


def test_work_that_fails_leaves_its_place_to_the_next() -> None:
    async def failing() -> int:
        request = asked()
        for _time in range(AT_ONCE[PASSWORDS] + 1):
            with pytest.raises(ValueError, match="x"):
                await apart(request, PASSWORDS, int, "x")
        return await apart(request, PASSWORDS, int, "7")

    assert asyncio.run(failing()) == 7
