"""A page of a first load on its way into the store, and the task of reading such pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.wire_json import decode
from provodka.flows.onec.taking import Prepared, Taking

__all__ = ["Batch", "Task"]


@dataclass(frozen=True, slots=True)
class Task:
    """What the reading process is to do; `query.skip` is where to begin."""

    query: Query
    taking: Taking


@dataclass(frozen=True, slots=True)
class Batch:
    """A page as JSON, where the next one starts (as `Page`), and how to write it if that is clear.

    `prepared` is None for a page whose writing depends on what the store holds by then.
    """

    body: bytes
    next_skip: int
    anchor: str
    prepared: Prepared | None = None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as 1C sent them."""
        rows: list[dict[str, Any]] = decode(self.body)["value"]
        return rows
