"""A page of a first load on its way into the store, and the task of reading such pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.wire_json import decode
from provodka.flows.onec.merging import Appending
from provodka.flows.onec.taking import Prepared, Taking

__all__ = ["Batch", "Task", "joined"]


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


def joined(pieces: Sequence[Prepared]) -> Prepared:
    """Pieces of one page, newcomers alone, as if it had been prepared whole."""
    plans = [one.plan for one in pieces if isinstance(one.plan, Appending)]
    return Prepared(
        sum(one.read for one in pieces),
        sum(one.same for one in pieces),
        [key for one in pieces for key in one.keys],
        [misfit for one in pieces for misfit in one.misfits],
        [child for one in pieces for child in one.waiting],
        Appending.joined(plans),
        [arrival for one in pieces for arrival in one.arrivals],
    )
