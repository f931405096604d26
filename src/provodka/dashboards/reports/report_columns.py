"""The columns that reports are made of, each with its meaning and unit."""

from __future__ import annotations

from provodka.dashboards.results import Column
from provodka.foundation.i18n import _

__all__ = [
    "count",
    "day",
    "group",
    "hours",
    "in_others",
    "instant",
    "money",
    "number",
    "ratio",
    "words",
]


def words(key: str, title: str, meaning: str, *, context: bool = False) -> Column:
    """Text."""
    return Column(key, title, "text", meaning, context=context)


def group(*, context: bool = False) -> Column:
    """The breakdown's value."""
    meaning = _("Значение разреза, каким оно было в момент события")
    return words("group", _("Разрез"), meaning, context=context)


def count(key: str, title: str, meaning: str, *, total: bool = True) -> Column:
    """How many."""
    return Column(key, title, "count", meaning, _("шт."), total=total)


def ratio(key: str, title: str, meaning: str) -> Column:
    """A share with both its parts."""
    return Column(key, title, "ratio", meaning, "%")


def money(key: str, title: str, meaning: str, *, total: bool = True) -> Column:
    """A sum in roubles."""
    return Column(key, title, "money", meaning, "₽", total=total)


def hours(key: str, title: str, meaning: str, *, working: bool = False) -> Column:
    """A length of time, in hours of the clock or of working time."""
    return Column(key, title, "number", meaning, _("раб. ч") if working else _("ч"))


def number(key: str, title: str, meaning: str, unit: str = "", *, total: bool = False) -> Column:
    """A decimal of any unit."""
    return Column(key, title, "number", meaning, unit, total=total)


def instant(key: str, title: str, meaning: str) -> Column:
    """A moment."""
    return Column(key, title, "instant", meaning)


def in_others(count: int) -> tuple[str, ...]:
    """What stands under a table of roubles: papers of other currencies, if there were any."""
    return (_("Исключено документов в валюте: {count}").format(count=count),) if count else ()


def day(key: str, title: str, meaning: str) -> Column:
    """A calendar date."""
    return Column(key, title, "day", meaning)
