"""A read whose address is too long, as several that fit: its longest `or` chain is divided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.conditions import Filter, all_of
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.url_budget import QUERY_BUDGET, encoded, split_or

__all__ = ["WINDOW", "Division", "divide"]

WINDOW = 160
"""Encoded characters left for what paging adds: `$orderby`, `$top`, `$skip`, a date to go from."""


@dataclass(frozen=True, slots=True)
class Division:
    """The reads; `disjoint` where no row can come in two of them."""

    queries: tuple[Query, ...]
    disjoint: bool = True


def divide(query: Query, zone: ZoneInfo) -> Division:
    """The query itself where it fits. A `ConfigurationError` where nothing can be divided."""
    if query.filter is None or len(query.unbounded(zone)) <= QUERY_BUDGET - WINDOW:
        return Division((query,))
    parts = list(query.filter.parts("and"))
    longest = max(parts, key=lambda part: _divisible(part, zone))
    alternatives = _distinct(longest.parts("or"), zone)
    if len(alternatives) == 1:
        query.encode(zone)
        return Division((query,))
    rest = [part for part in parts if part is not longest]
    whole = replace(query, filter=all_of(rest) if rest else None)
    left = QUERY_BUDGET - WINDOW - len(whole.unbounded(zone)) - len("&$filter= and ()")
    chains = split_or(alternatives, zone, left)
    queries = (replace(query, filter=all_of([*rest, chain])) for chain in chains)
    return Division(tuple(queries), _exclusive(alternatives))


def _divisible(part: Filter, zone: ZoneInfo) -> int:
    return len(encoded(part.render(zone))) if len(part.parts("or")) > 1 else 0


def _distinct(parts: Sequence[Filter], zone: ZoneInfo) -> list[Filter]:
    return list({part.render(zone): part for part in parts}.values())


def _exclusive(alternatives: Sequence[Filter]) -> bool:
    """Whether they ask for different values of one and the same field."""
    pinned = [part.pinned for part in alternatives]
    fields = {pin[0] if pin else "" for pin in pinned}
    return len(fields) == 1 and "" not in fields
