"""What came of a rehearsal: counts by rule and day, samples, letters and tasks per person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

__all__ = ["MOST_SAMPLES", "Occasion", "Rehearsal", "Tally"]

MOST_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time that a rule acts: when, because of which document, under which number of change."""

    at: datetime
    kind: str
    document: UUID
    cause: int


@dataclass
class Tally:
    """One rule: how often it would have acted, did act, and both, by day.

    `more` and `less` are the first documents that only the draft, or only reality, acted on.
    `troubles` are the first reasons why an action could not have been done, `failed` how many.
    """

    rule: str
    title: str
    would: Counter[date] = field(default_factory=Counter)
    did: Counter[date] = field(default_factory=Counter)
    both: int = 0
    more: list[Occasion] = field(default_factory=list)
    less: list[Occasion] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    failed: int = 0

    def acts(self, day: date, occasion: Occasion, *, would: bool, did: bool) -> None:
        """Count one occasion."""
        self.would[day] += would
        self.did[day] += did
        self.both += would and did
        if would != did:
            sample = self.more if would else self.less
            if len(sample) < MOST_SAMPLES:
                sample.append(occasion)

    def fails(self, why: str) -> None:
        """Count an action that could not have been done."""
        self.failed += 1
        if len(self.troubles) < MOST_SAMPLES and why not in self.troubles:
            self.troubles.append(why)


@dataclass
class Rehearsal:
    """The whole: how much was read, every rule's tally, work per person.

    `deltas` are all changes of the journal, `events` those that had to be looked at one by one.
    `letters` and `tasks` are counted by a person's name; clients are one. `untold` are rules
    whose moments of time the journal does not hold, so that nothing is known of them.
    """

    since: datetime
    tallies: dict[str, Tally]
    deltas: int = 0
    events: int = 0
    until: datetime | None = None
    letters: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    untold: list[str] = field(default_factory=list)
