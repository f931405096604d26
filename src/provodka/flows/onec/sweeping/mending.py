"""Drift brought back: pulled by key, buried or sent, by the very ways that sync itself goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from provodka.flows.onec.following.asking import references_of, rows_of
from provodka.flows.onec.queueing import queue_push
from provodka.flows.onec.sweeping.verdicts import Drift
from provodka.flows.onec.turns import Turns, database_clock

__all__ = ["Mender"]

PULLED = frozenset({"missing", "different"})


@dataclass
class Mender:
    """Mends one set; `sweep` tells its errands from those of another sweep."""

    turns: Turns
    sweep: str

    def mend(self, drifts: Sequence[Drift]) -> Counter[str]:
        """Pull what is missing or different, queue what was not sent; counts as `take`.

        `queued` are errands to the base. What the base has refused before is left to people.
        """
        counts = self._pull([one.key for one in drifts if one.what in PULLED])
        unsent = [one for one in drifts if one.what == "not_sent" and one.why != "refused"]
        counts["queued"] += self._send([one.document for one in unsent if one.document])
        return counts

    def bury(self, keys: Sequence[str]) -> None:
        """Hold the keys of what the base has no more for the end, when the guard judges them."""
        self.turns.deletions.gone(self.turns.mapping, keys)

    def _pull(self, keys: Sequence[str]) -> Counter[str]:
        mapping, counts = self.turns.mapping, Counter[str]()
        asked = database_clock(self.turns.hub)
        rows: list[dict[str, Any]] = []
        for some in rows_of(self.turns.hub, mapping, references_of(keys), mapping.select):
            rows += some
        return counts + self.turns.take(rows, asked) if rows else counts

    def _send(self, documents: Sequence[UUID]) -> int:
        kind, queued = self.turns.mapping.kind, 0
        with self.turns.hub.engine.begin() as connection:
            for document in documents:
                queued += queue_push(connection, kind, document, f"sweep:{self.sweep}")
        return queued
