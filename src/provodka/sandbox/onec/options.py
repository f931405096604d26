"""Query options of a read: `$filter`, `$select`, paging, sorting, format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from provodka.sandbox.onec.errors import bad_option
from provodka.sandbox.onec.syntax import Node, parse_filter


@dataclass(frozen=True, slots=True)
class Options:
    """Parsed query options; names in `select` and `expand` may hold a path after `/`."""

    condition: Node | None = None
    select: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    inline_count: bool = False
    allowed_only: bool = False


def parse_options(query: Mapping[str, str]) -> Options:
    """Read the options of a request; 400/14 for one that makes no sense."""
    condition = query.get("$filter", "").strip()
    return Options(
        condition=parse_filter(condition) if condition else None,
        select=_names(query.get("$select", "")),
        expand=_names(query.get("$expand", "")),
        order=_order(query.get("$orderby", "")),
        top=_number(query, "$top"),
        skip=_number(query, "$skip") or 0,
        inline_count=query.get("$inlinecount", "none") == "allpages",
        allowed_only=query.get("allowedOnly", "").lower() == "true",
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    result = []
    for part in _names(text):
        name, _, direction = part.partition(" ")
        if direction.strip() not in {"", "asc", "desc"}:
            raise bad_option("$orderby")
        result.append((name, direction.strip() == "desc"))
    return tuple(result)


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.strip().isdigit():
        raise bad_option(name)
    return int(text)


@dataclass(frozen=True, slots=True)
class Format:
    """The form of the answer: Atom, or JSON with `level` 0 (none), 1 (minimal), 2 (full)."""

    json: bool
    level: int = 1


_LEVELS = {"nometadata": 0, "minimalmetadata": 1, "fullmetadata": 2}


def parse_format(query: Mapping[str, str], accept: str) -> Format:
    """`$format` wins over `Accept`; without either the answer is Atom."""
    wanted = query.get("$format") or accept
    if "json" not in wanted:
        return Format(json=False)
    level = wanted.partition("odata=")[2].partition(";")[0].partition(",")[0].strip()
    return Format(json=True, level=_LEVELS.get(level, 1))
