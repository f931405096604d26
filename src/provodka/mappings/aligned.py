"""Three-way agreement in which lines of a section are known by what they say, not by number.

The three states get common numbers first, one for each line whatever its place on either side;
then `reconcile` decides as for any field. The numbers end up in the order of the merged section:
theirs, unless only ours has been put in another order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from provodka.mappings.declaration import Owner
from provodka.mappings.lines import Rows, in_order, match, merged_order
from provodka.mappings.nesting import is_part
from provodka.mappings.reconcile import FieldConflict, Reconciled, reconcile
from provodka.mappings.snapshot import canonical

__all__ = ["Aligned", "Numbers", "Places", "place_now", "reconcile_lines"]

Document = Mapping[str, Any]
Numbers = dict[str, str]
"""Common numbers of a section's lines by their own numbers on one side."""


@dataclass(slots=True)
class Places:
    """The common numbers of one section: of the agreed state, of ours, of theirs.

    `order` is the merged section's, in common numbers. `moved`: ours was put in another order,
    which theirs has to follow.
    """

    base: Numbers
    ours: Numbers
    theirs: Numbers
    order: list[str] = field(default_factory=list)
    moved: bool = False

    def renamed(self, final: Numbers) -> Places:
        """The places with other common numbers."""
        sides = (self.base, self.ours, self.theirs)
        base, ours, theirs = ({own: final[one] for own, one in side.items()} for side in sides)
        return Places(base, ours, theirs, [final[one] for one in self.order], self.moved)


@dataclass(slots=True)
class Aligned(Reconciled):
    """What to do, in common numbers; `ours` is our document in them, before `take`.

    `places` are by section. `renamed` are fields in dispute whose line has another number now,
    `reordered` tells that ours has to be written for its numbers alone.
    """

    ours: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Places] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def settled(
        self, base: Document | None, *, sent: bool = True, taken: bool = True
    ) -> dict[str, Any]:
        """As `Reconciled.settled`; an order of ours that is not sent yet is not agreed on."""
        known = _in_common(base, {name: one.base for name, one in self.places.items()})
        # Named: `super()` does not find its class in a dataclass with slots.
        agreed = Reconciled.settled(self, known, sent=sent, taken=taken)
        for name, place in self.places.items():
            if place.moved and not sent and name in agreed:
                agreed[name] = _in_order_of(agreed[name], place.theirs)
        return agreed

    def unsent(self, conflicts: list[FieldConflict]) -> Aligned:
        """The same with nothing sent, and with other conflicts."""
        return replace(self, send={}, conflicts=conflicts)

    @property
    def moved(self) -> frozenset[str]:
        """Sections that theirs is to put in our order."""
        return frozenset(name for name, one in self.places.items() if one.moved)

    @property
    def behind(self) -> bool:
        """Whether ours has yet to follow an order of theirs."""
        return any(
            _common(one.order, mine) != _common(mine, one.order)
            for one in self.places.values()
            for mine in (_sequence(one.ours),)
        )

    @property
    def reordered(self) -> bool:
        """Whether lines that stay in ours have other numbers than before."""
        return any(
            own != now and self.take.get(f"{name}.{now}", now) is not None
            for name, one in self.places.items()
            for own, now in one.ours.items()
        )


def reconcile_lines(
    base: Document | None,
    ours: Document,
    theirs: Document,
    owners: Mapping[str, Owner],
    *,
    keys: Mapping[str, Sequence[str]],
    ours_at: Mapping[str, datetime] | None = None,
    theirs_since: datetime | None = None,
    sendable: Collection[str] | None = None,
    disputed: Collection[str] = (),
    taking: bool = True,
) -> Aligned:
    """`reconcile`, for documents whose lines may have been inserted, removed or moved.

    `keys` are, by section, the columns that tell which line it is. `disputed` and `ours_at` name
    lines by their numbers in the agreed state, or in ours where that has no such line. Without
    `taking` ours is not going to change, and common numbers are its own.
    """
    known = base or {}
    places = {
        name: _identified(known.get(name), ours[name], theirs[name], keys.get(name, ()))
        for name in ours
        if name in theirs and _is_section(ours[name]) and _is_section(theirs[name])
    }
    waiting = {one: _renamed(one, _recorded(places)) for one in disputed}
    decided = reconcile(
        _in_common(base, {name: one.base for name, one in places.items()}) if base else base,
        _in_common(ours, {name: one.ours for name, one in places.items()}),
        _in_common(theirs, {name: one.theirs for name, one in places.items()}),
        owners,
        ours_at=_renamed_keys(ours_at, {name: one.ours for name, one in places.items()}),
        theirs_since=theirs_since,
        sendable=sendable,
        disputed=waiting.values(),
    )
    asked = {one.partition(".")[0] for one in waiting.values()}
    asked |= {one.field.partition(".")[0] for one in decided.conflicts}
    followed = {
        name
        for name in known.keys() - asked
        if name in places and (sendable is None or name in sendable)
    }
    final = {
        name: _numbered(name, one, decided, follows=name in followed, taking=taking)
        for name, one in places.items()
    }
    return _told(decided, ours, places, final, waiting)


def place_now(
    name: str, base: Document | None, ours: Document, keys: Mapping[str, Sequence[str]]
) -> str:
    """A field in dispute as ours has it now, whose lines may have been moved since.

    A line that ours has no more gets a number that is free there.
    """
    part, _dot, rest = name.partition(".")
    number, dot, column = rest.partition(".")
    known = (base or {}).get(part)
    if not number.isdigit() or not isinstance(known, Mapping) or number not in known:
        return name
    rows = canonical(ours.get(part, {}))
    found = match(canonical(known), rows, keys.get(part, ())).get(number)
    free = str(max((int(one) for one in rows), default=0) + int(number))
    return f"{part}.{found or free}{dot}{column}"


def _is_section(value: Any) -> bool:
    return isinstance(value, Mapping) and is_part(value)


def _identified(base: Any, ours: Any, theirs: Any, key: Sequence[str]) -> Places:
    """A number for each line, the same on all sides that have it."""
    known: Rows = canonical(base) if isinstance(base, Mapping) else {}
    ours, theirs = canonical(ours), canonical(theirs)
    if known == ours == theirs:
        alike = {number: number for number in known}
        return Places(alike, dict(alike), dict(alike))
    fresh = map(str, count(1))
    was = {number: next(fresh) for number in in_order(known)}
    mine = {own: was[one] for one, own in match(known, ours, key).items()}
    other = {own: was[one] for one, own in match(known, theirs, key).items()}
    added = {one: ours[one] for one in in_order(ours) if one not in mine}
    there = {one: theirs[one] for one in in_order(theirs) if one not in other}
    both = match(added, there, key, same_number=base is None)
    for own in added:
        mine[own] = next(fresh)
        if own in both:
            other[both[own]] = mine[own]
    other |= {one: next(fresh) for one in there if one not in other}
    return Places(was, mine, other)


def _numbered(
    name: str, place: Places, decided: Reconciled, *, follows: bool, taking: bool
) -> Numbers:
    """Final numbers: of the lines that ours will have first, in the merged order.

    With `follows` theirs may be put in our order, if it was not put in another one itself.
    """
    base, ours, theirs = (_sequence(one) for one in (place.base, place.ours, place.theirs))
    follows = follows and _common(theirs, base) == _common(base, theirs)
    place.order = merged_order(ours, theirs) if follows else merged_order(theirs, ours)
    place.moved = follows and _common(theirs, place.order) != _common(place.order, theirs)
    order, here = merged_order(ours, theirs), set(ours)
    if taking:
        order = place.order
        here = {one for one in ours if decided.take.get(f"{name}.{one}", one) is not None}
        here |= {one for one in theirs if decided.take.get(f"{name}.{one}") is not None}
    everyone = sorted(order, key=lambda one: one not in here)
    everyone += [one for one in base if one not in {*ours, *theirs}]
    return {one: str(number) for number, one in enumerate(everyone, start=1)}


def _sequence(numbers: Numbers) -> list[str]:
    return [numbers[own] for own in in_order(numbers)]


def _common(one: Iterable[str], other: Iterable[str]) -> list[str]:
    known = set(other)
    return [number for number in one if number in known]


def _told(
    decided: Reconciled,
    ours: Document,
    places: Mapping[str, Places],
    final: Mapping[str, Numbers],
    waiting: Mapping[str, str],
) -> Aligned:
    """The decision in final numbers; what is dissolved is named as it was asked about."""
    by_common = {common: name for name, common in waiting.items()}
    dissolved = [by_common[one] for one in decided.dissolved]
    now = {name: _renamed(common, final) for name, common in waiting.items()}
    moved = {name: one for name, one in now.items() if name != one and name not in dissolved}
    placed = {name: one.renamed(final[name]) for name, one in places.items()}
    return Aligned(
        take=_renamed_keys(decided.take, final) or {},
        send=_renamed_keys(decided.send, final) or {},
        agreed=_renamed_keys(decided.agreed, final) or {},
        kept=_renamed_keys(decided.kept, final) or {},
        overruled=[_conflict(one, final) for one in decided.overruled],
        conflicts=[_conflict(one, final) for one in decided.conflicts],
        dissolved=dissolved,
        ours=_in_common(ours, {name: one.ours for name, one in placed.items()}),
        places=placed,
        renamed=moved,
    )


def _recorded(places: Mapping[str, Places]) -> dict[str, Numbers]:
    """A line of the inbox has the number of the agreed state, then that of ours, or of theirs."""
    return {name: {**one.theirs, **one.ours, **one.base} for name, one in places.items()}


def _conflict(one: FieldConflict, final: Mapping[str, Numbers]) -> FieldConflict:
    return FieldConflict(_renamed(one.field, final), one.base, one.ours, one.theirs)


def _renamed(name: str, numbers: Mapping[str, Numbers]) -> str:
    part, _dot, rest = name.partition(".")
    number, dot, column = rest.partition(".")
    if part not in numbers or number not in numbers[part]:
        return name
    return f"{part}.{numbers[part][number]}{dot}{column}"


def _renamed_keys(
    values: Mapping[str, Any] | None, numbers: Mapping[str, Numbers]
) -> dict[str, Any] | None:
    if values is None:
        return None
    return {_renamed(name, numbers): value for name, value in values.items()}


def _in_common(document: Document | None, numbers: Mapping[str, Numbers]) -> dict[str, Any]:
    """A document whose lines have other numbers; those that have none there are left out."""
    changed = dict(document or {})
    for name, common in numbers.items():
        if isinstance(rows := changed.get(name), Mapping):
            changed[name] = dict(_moved(rows, common))
    return changed


def _moved(rows: Rows, common: Numbers) -> Iterator[tuple[str, Any]]:
    for own in sorted((one for one in rows if one in common), key=lambda one: int(common[one])):
        yield common[own], rows[own]


def _in_order_of(rows: Rows, theirs: Numbers) -> dict[str, Any]:
    """Rows in common numbers, numbered anew in the order of the other side."""
    order = merged_order([one for one in _sequence(theirs) if one in rows], in_order(rows))
    return {str(number): rows[one] for number, one in enumerate(order, start=1)}
