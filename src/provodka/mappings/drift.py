"""What has changed in a base since a mapping was agreed with it, and what to do about it.

A mapping's `contract` decides (the idea is that of dlt's schema contracts):

    contract     added     removed or retyped, and named by the mapping
    freeze       go on     stop the mapping's stream (the default)
    set_aside    go on     its changed documents go to quarantine, the rest goes on
    evolve       go on     go on without the field; stop only where nothing can do without it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.mappings import compiled
from provodka.mappings.named import named_by

__all__ = ["Act", "Change", "ChangeKind", "Shape", "Touch", "Verdict", "diff", "judge", "touches"]

Shape = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Set → section (`""` for the set's own fields) → field → its type: `Edm.String(150)`."""


class ChangeKind(StrEnum):
    """What happened to a name."""

    ADDED = "added"
    REMOVED = "removed"
    RETYPED = "retyped"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One difference between two shapes of a base.

    `section` and `field` are empty for a whole set, `field` alone for a whole section; `before`
    and `after` are types of a field.
    """

    entity: str
    section: str
    field: str
    kind: ChangeKind
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        name = ".".join(part for part in (self.entity, self.section, self.field) if part)
        what = _("поле") if self.field else _("табличная часть") if self.section else _("набор")
        return _told(self.kind).format(what=what, name=name, before=self.before, after=self.after)


def _told(kind: ChangeKind) -> str:
    return {
        ChangeKind.ADDED: _("{what} {name}: появилось"),
        ChangeKind.REMOVED: _("{what} {name}: больше нет"),
        ChangeKind.RETYPED: _("{what} {name}: тип был {before}, стал {after}"),
    }[kind]


def diff(before: Shape, after: Shape) -> tuple[Change, ...]:
    """What was added, removed and retyped, in the order of names; a whole set is one change."""
    return tuple(sorted(_sets(before, after)))


def _sets(before: Shape, after: Shape) -> Iterator[Change]:
    for entity in before.keys() | after.keys():
        if entity not in after:
            yield Change(entity, "", "", ChangeKind.REMOVED)
        elif entity not in before:
            yield Change(entity, "", "", ChangeKind.ADDED)
        elif before[entity] != after[entity]:
            yield from _sections(entity, before[entity], after[entity])


def _sections(
    entity: str, before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Iterator[Change]:
    for section in before.keys() | after.keys():
        if section not in after:
            yield Change(entity, section, "", ChangeKind.REMOVED)
        elif section not in before:
            yield Change(entity, section, "", ChangeKind.ADDED)
        else:
            yield from _fields(entity, section, before[section], after[section])


def _fields(
    entity: str, section: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if new is None and old is not None:
            yield Change(entity, section, name, ChangeKind.REMOVED, old)
        elif old is None and new is not None:
            yield Change(entity, section, name, ChangeKind.ADDED, "", new)
        elif old != new:
            yield Change(entity, section, name, ChangeKind.RETYPED, old or "", new or "")


@dataclass(frozen=True, slots=True)
class Touch:
    """A change of something that a mapping names, and the line that names it."""

    change: Change
    place: Place

    @property
    def breaking(self) -> bool:
        """Whether what is named is gone or of another type."""
        return self.change.kind is not ChangeKind.ADDED

    def error(self) -> ConfigurationError:
        """The change as a mistake of the mapping's line."""
        return ConfigurationError(
            self.place,
            found=str(self.change),
            expected=_("база такая же, как при согласовании соответствия"),
            next_step=_(
                "если соответствию подходит и новый тип, примите его: provodka onec changes "
                "--accept; иначе исправьте соответствие"
            )
            if self.change.kind is ChangeKind.RETYPED
            else _("верните это в базу (опубликуйте) или исправьте соответствие"),
            code="schema_changed",
        )


def touches(mapping: compiled.Mapping, changes: Iterable[Change]) -> tuple[Touch, ...]:
    """The changes that concern the mapping, one for each name; of additions, those it waited for.

    A set or a section that is gone concerns every line that names it or anything in it.
    """
    places: dict[tuple[str, str, str], Place] = {}
    for name in named_by(mapping):
        places.setdefault((name.entity, name.section, name.field), name.place)
        if name.field:
            places.setdefault((name.entity, name.section, ""), name.place)
    return tuple(
        Touch(one, places[key])
        for one in changes
        if (key := (one.entity, one.section, one.field)) in places
    )


class Act(StrEnum):
    """What becomes of a mapping's stream."""

    GO_ON = "go_on"
    SET_ASIDE = "set_aside"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mapping does in the base as it is now.

    `mapping` is to be read with: under `evolve` without the fields that are gone. `errors` are
    the reasons of a stop or of setting aside.
    """

    mapping: compiled.Mapping
    act: Act
    touched: tuple[Touch, ...] = ()
    errors: tuple[ConfigurationError, ...] = ()

    @property
    def agreed(self) -> bool:
        """Whether the base as it is now may be taken for what the mapping was made for."""
        return self.act is Act.GO_ON


def judge(
    mapping: compiled.Mapping,
    changes: Sequence[Change],
    misses: Sequence[ConfigurationError],
    without: compiled.Mapping | None,
) -> Verdict:
    """The verdict on one mapping.

    `misses` are what the mapping names and the base has not (`check_against`), `without` the
    mapping without those fields, None where it cannot do without them.
    """
    touched = touches(mapping, changes)
    breaking = [one.error() for one in touched if one.breaking]
    errors = _distinct([*breaking, *misses])
    if not errors:
        return Verdict(mapping, Act.GO_ON, touched)
    if mapping.contract == "evolve" and without is not None:
        return Verdict(without, Act.GO_ON, touched)
    if mapping.contract == "set_aside" and without is not None:
        return Verdict(without, Act.SET_ASIDE, touched, errors)
    return Verdict(mapping, Act.STOP, touched, errors)


def _distinct(errors: Iterable[ConfigurationError]) -> tuple[ConfigurationError, ...]:
    """One error for each line of the mapping: the change says more than the miss it caused."""
    by_place: dict[str, list[ConfigurationError]] = defaultdict(list)
    for error in errors:
        by_place[error.where].append(error)
    return tuple(found[0] for found in by_place.values())
