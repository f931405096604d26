"""What a sweep has found in one stream, as it is shown and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import sweeps
from provodka.flows.onec.sweeping.verdicts import Drift, Tally, by_what, unexplained

__all__ = ["SAMPLES", "Swept", "keep"]

SAMPLES = 10
"""How many documents are named for each kind of drift and each reason."""


@dataclass
class Swept:
    """One stream compared: what was found, what was mended, what still differs.

    `found` and `left` count drifts by what and why. `samples` are some of what was found, `rest`
    of what is left. `note` says why it was not compared, or not mended. `out_of_filter` are
    objects that the base has, but that the mapping's filter leaves out now.
    """

    stream: str
    kind: str
    listed: int = 0
    bound: int = 0
    out_of_filter: int = 0
    mends: bool = False
    found: Tally = field(default_factory=Counter)
    samples: list[Drift] = field(default_factory=list)
    mended: Counter[str] = field(default_factory=Counter)
    left: Tally = field(default_factory=Counter)
    rest: list[Drift] = field(default_factory=list)
    note: str = ""
    compared: bool = False

    def met(self, drifts: Iterable[Drift]) -> None:
        """Count what was found."""
        _add(self.found, self.samples, drifts)

    def remains(self, drifts: Iterable[Drift]) -> None:
        """Count what is left."""
        _add(self.left, self.rest, drifts)

    @property
    def shown(self) -> list[Drift]:
        """The samples that matter now: of what is left after mending, else of what was found."""
        return self.rest if self.mends else self.samples

    def counts(self) -> Counter[str]:
        """For the record of the run."""
        counts = Counter(read=self.listed, left=self.left.total()) + by_what(self.found)
        return counts + Counter(mended=self.found.total() - self.left.total())

    def as_json(self) -> dict[str, Any]:
        """For machines and for the store."""
        return {
            "stream": self.stream,
            "compared": self.compared,
            "mends": self.mends,
            "listed": self.listed,
            "bound": self.bound,
            "out_of_filter": self.out_of_filter,
            "found": _nested(self.found),
            "samples": [asdict(one) for one in self.samples],
            "taken": dict(self.mended),
            "remaining": _nested(self.left),
            "remaining_samples": [asdict(one) for one in self.rest],
            "note": self.note,
        }


def keep(connection: Connection, swept: Swept) -> None:
    """Put the report into the store; what was not compared leaves the last report standing."""
    if swept.compared:
        report = {name: value for name, value in swept.as_json().items() if name != "compared"}
        sweeps.keep(connection, report | {"drift": unexplained(swept.left)})


def _add(tally: Tally, samples: list[Drift], drifts: Iterable[Drift]) -> None:
    for one in drifts:
        tally[one.what, one.why] += 1
        if tally[one.what, one.why] <= SAMPLES:
            samples.append(one)


def _nested(tally: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (what, why), count in sorted(tally.items()):
        found.setdefault(what, {})[why] = count
    return found
