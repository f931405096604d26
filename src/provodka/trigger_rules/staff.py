"""Choosing people: who stands in for the absent, whose turn it is, who has the least to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

__all__ = ["Absence", "Person", "choose", "stand_in"]


@dataclass(frozen=True, slots=True)
class Absence:
    """An employee is away from the first to the last day, both included."""

    employee: UUID
    substitute: UUID | None
    first_day: date
    last_day: date

    def covers(self, employee: UUID, day: date) -> bool:
        """Whether that employee is away on that day."""
        return self.employee == employee and self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Person:
    """An employee to choose from: `load` open deals and tasks, `turn` the last one given."""

    id: UUID
    load: int = 0
    turn: int = 0


def stand_in(employee: UUID, day: date, absences: Iterable[Absence]) -> UUID | None:
    """Who works for an employee on a day: they themselves, or the substitute, or nobody.

    A substitute who is away too has a substitute of their own; a ring of them is nobody.
    """
    known = list(absences)
    passed: set[UUID] = set()
    person: UUID | None = employee
    while person is not None and person not in passed:
        passed.add(person)
        away = next((one for one in known if one.covers(person, day)), None)
        if away is None:
            return person
        person = away.substitute
    return None


def choose(
    how: str, people: Sequence[Person], day: date, absences: Iterable[Absence]
) -> UUID | None:
    """Who gets a deal on a day; nobody if all are away.

    `least_loaded` takes the one with the least load, everything else the one whose turn was
    longest ago; of those alike the first by key. Out of several only those at work count; a
    single one gives way to the substitute.
    """
    known = list(absences)
    if len(people) == 1:
        return stand_in(people[0].id, day, known)
    present = [one for one in people if stand_in(one.id, day, known) == one.id]
    if not present:
        return None
    by_load = how == "least_loaded"
    chosen = min(present, key=lambda one: (one.load if by_load else one.turn, one.turn, one.id))
    return chosen.id
