"""How long an address may be: IIS answers a bare 404 to a query string over 2,048 characters."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.conditions import Filter, any_of
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["QUERY_BUDGET", "encoded", "split_or"]

QUERY_BUDGET = 2000
"""Encoded characters of a query string that every web server lets through."""


def encoded(text: str) -> str:
    """Percent-encode an option's value once, as UTF-8: a Cyrillic letter costs 6 characters."""
    try:
        return quote(text, safe="/'(),:*")
    except UnicodeEncodeError:
        raise ConfigurationError(
            _("Отбор для 1С"),
            found=_("в тексте есть половина знака, которую нельзя передать"),
            next_step=_("исправьте текст: он испорчен при перекодировании"),
            code="bad_filter",
        ) from None


def split_or(filters: Sequence[Filter], zone: ZoneInfo, budget: int) -> list[Filter]:
    """The conditions as few `or` chains as fit into `budget` encoded characters each.

    One condition over the budget is a `ConfigurationError`.
    """
    chains: list[list[Filter]] = []
    left = 0
    for part in filters:
        cost = len(encoded(f" or ({part.render(zone)})"))
        if cost > budget:
            raise ConfigurationError(
                _("Отбор для 1С"),
                found=_("одно условие занимает {cost} знаков адреса").format(cost=cost),
                expected=_("не больше {budget}").format(budget=budget),
                code="url_too_long",
            )
        if cost > left:
            chains.append([])
            left = budget
        chains[-1].append(part)
        left -= cost
    return [any_of(chain) for chain in chains]
