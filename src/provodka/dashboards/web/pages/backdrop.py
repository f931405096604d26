"""What stands behind every page: plain values of the company, made from `hub.yaml` once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from provodka.dashboards.results import MOSCOW
from provodka.dashboards.web.pages.memory import Memory
from provodka.trigger_rules.calendars import Calendars

__all__ = ["Backdrop", "View"]

View = Callable[..., Any]
"""Reads the store for a page; `flows` supplies those that need its settings. First argument: a
`Connection`."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The company's name, its zone and calendars, where Prefect is, the clock, supplied views.

    `memory` holds pieces of pages that were written already.
    """

    company: str = ""
    zone: ZoneInfo = MOSCOW
    calendars: Callable[[Connection], Calendars | None] = lambda _connection: None
    prefect: str | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    views: Mapping[str, View] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
