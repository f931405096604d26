"""The reports that a rule may send: their breakdowns, their filters, the periods in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

__all__ = ["REPORTS", "Offered", "Period", "days_of"]

Period = Literal[
    "today", "yesterday", "this_week", "last_week", "this_month", "last_month",
    "this_quarter", "last_quarter", "this_year", "last_year",
]  # fmt: skip
MONTHS = {"month": 1, "quarter": 3, "year": 12}
GRAINS = ("day", "week", "month")
SALES = ("manager", "department", "source", "client_kind")
DEALS = (*SALES, "scenario")
CLASSES = ("client_kind", "metric", "basis", "a", "b", "x", "y")


@dataclass(frozen=True, slots=True)
class Offered:
    """How one report may be broken down and filtered."""

    by: tuple[str, ...]
    where: tuple[str, ...]


REPORTS: Mapping[str, Offered] = {
    "funnel": Offered(SALES, DEALS),
    "wins": Offered(SALES, DEALS),
    "removed": Offered(SALES, DEALS),
    "my_sales": Offered(SALES, DEALS),
    "stage_time": Offered(SALES, DEALS),
    "leads": Offered(SALES, DEALS),
    "tasks": Offered(
        ("executor", "department", "client_kind", "kind", *GRAINS),
        ("executor", "department", "client_kind", "kind"),
    ),
    "plan": Offered(("manager", "department", *GRAINS), ("manager", "department")),
    "calls": Offered(
        ("operator", "department", "source", "client_kind", "hour", *GRAINS),
        ("operator", "department", "source", "client_kind", "direction"),
    ),
    "invoices": Offered(
        ("manager", "department", "client", "client_kind", "source", *GRAINS),
        ("manager", "department", "client", "client_kind", "source"),
    ),
    "client_base": Offered(
        ("manager", "department", "client_kind", "source", "month"),
        ("manager", "department", "client_kind", "source"),
    ),
    "abc_xyz": Offered(("item", "client"), CLASSES),
    "lost_clients": Offered(("client_kind",), ("client_kind", "item_kind")),
    "couriers": Offered(("courier", "client_kind", *GRAINS), ("courier", "client_kind", "cutoff")),
    "goods_rendered": Offered(
        ("month", "week", "day", "client"), ("item", "client", "client_kind")
    ),
    "orders_handled": Offered(("operator", "client_kind", *GRAINS), ("operator", "client_kind")),
}
"""Every report of the catalogue: the floor above has the reports themselves."""


def days_of(period: Period, today: date) -> tuple[date, date]:
    """The first day of a period and the day after its last; `this_…` ends with today."""
    tomorrow = today + timedelta(days=1)
    if period == "today":
        return today, tomorrow
    if period == "yesterday":
        return today - timedelta(days=1), today
    which, _underscore, unit = period.partition("_")
    since = _beginning(unit, today)
    if which == "this":
        return since, tomorrow
    return _beginning(unit, since - timedelta(days=1)), since


def _beginning(unit: str, day: date) -> date:
    """The first day of the week from Monday, month, quarter or year that a day is in."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = MONTHS[unit]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)
