"""What the rooms of the door share: who may come, where arrivals go, the clock, the limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from provodka.dashboards.web.door import Door, Inbox
from provodka.dashboards.web.pace import Pace, neighbourhood

__all__ = ["Reception", "reception", "turned_away"]

PAUSE_SECONDS = "60"


@dataclass
class Reception:
    """One for an application; `clock` tells the time of day, `ticks` seconds that never go back."""

    door: Door
    inbox: Inbox
    clock: Callable[[], datetime]
    ticks: Callable[[], float]
    _paces: dict[str, Pace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        limits = self.door.limits
        self._paces = {
            "hook": Pace(limits.hooks),
            "form": Pace(limits.forms),
            "visit": Pace(limits.pixels),
        }

    def allows(self, door: str, request: Request) -> bool:
        """Whether this address has not knocked too often."""
        host = request.client.host if request.client else ""
        return self._paces[door].allows(neighbourhood(host), self.ticks())


def reception(request: Request) -> Reception:
    """The reception of the application that a request came to."""
    found: Reception = request.app.state.reception
    return found


def turned_away(request: Request, status: int, door: str, system: str, reason: str) -> Response:
    """Count a request that is not taken, and say no more than its status."""
    reception(request).inbox.refuse(door, system, reason)
    headers = {"Retry-After": PAUSE_SECONDS} if status == 429 else None
    return JSONResponse({"error": reason}, status, headers)
