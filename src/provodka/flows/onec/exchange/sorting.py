"""The objects of a message by who takes them: each mapping its rows, as OData would give them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from provodka.connectors.onec.enterprise_data.message import (
    BodyObject,
    Deletion,
    Found,
    Misread,
    read_object,
)
from provodka.mappings.enterprise_data.translation import Translation

__all__ = ["PAGE", "Page", "as_payload", "from_payload", "key_of", "pages"]

PAGE = 1000
"""Objects that are sorted and stored together."""
Rows = list[dict[str, Any]]


@dataclass
class Page:
    """Part of a message: by mapping: rows, keys that are gone, what does not fit the schema.

    `values` are the objects that the rows were made of, one for one. `foreign` counts objects of
    kinds that no mapping reads.
    """

    rows: dict[str, Rows] = field(default_factory=lambda: defaultdict(list))
    values: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    misread: dict[str, list[Misread]] = field(default_factory=lambda: defaultdict(list))
    foreign: Counter[str] = field(default_factory=Counter)
    size: int = 0


def pages(objects: Iterable[BodyObject], known: Mapping[str, Translation]) -> Iterator[Page]:
    """A message page by page; `known` are the translations by the format's object."""
    left = iter(objects)
    while part := list(islice(left, PAGE)):
        yield _sorted(part, known)


def _sorted(part: Iterable[BodyObject], known: Mapping[str, Translation]) -> Page:
    page = Page()
    for one in part:
        page.size += 1
        translation = known.get(one.kind)
        if translation is None or not translation.mapping.reads:
            page.foreign[one.kind] += 1
        elif isinstance(one, Found):
            page.rows[translation.mapping.name].append(translation.as_row(one.value))
            page.values[translation.mapping.name].append(one.value)
        elif isinstance(one, Deletion):
            page.gone[translation.mapping.name].append(one.key)
        else:
            page.misread[translation.mapping.name].append(one)
    return page


def key_of(one: Misread) -> str:
    """Under which key an object that does not fit is set aside."""
    return one.key or f"unkeyed-{hashlib.sha256(one.payload.encode()).hexdigest()[:12]}"


def as_payload(one: Misread, version: str) -> dict[str, str]:
    """An object that does not fit, whole, as quarantine keeps it."""
    return {"object": one.kind, "version": version, "xml": one.payload}


def from_payload(payload: Any, known: Mapping[str, Translation]) -> Any:
    """A row from what quarantine keeps; None for an object that still does not fit the schema.

    Whatever is no object of the format stays as it is.
    """
    if not (isinstance(payload, dict) and payload.keys() == {"object", "version", "xml"}):
        return payload
    found = read_object(payload["xml"], payload["version"])
    translation = known.get(found.kind)
    return translation.as_row(found.value) if translation and isinstance(found, Found) else None
