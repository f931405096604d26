"""Three-way agreement, field by field: what both last agreed on, ours now, theirs now.

Nothing is overwritten silently: a value that gives way to another is either equal
to the base (nobody changed it), or named in `overruled` with its owner's right,
or left alone in `conflicts` until a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from provodka.mappings.declaration import Owner
from provodka.mappings.nesting import apply_changes, declared_name, is_part, value_at
from provodka.mappings.snapshot import canonical

__all__ = ["FieldConflict", "Reconciled", "apply_changes", "reconcile"]

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """Both sides of one field and what they last agreed on (None when never).

    `field` is a column (`comment`), a name in a nested value (`address.city`), a cell of a part
    (`lines.2.price`) or a whole row (`lines.2`), whose value is None where the row is absent.
    """

    field: str
    base: Any
    ours: Any
    theirs: Any


@dataclass(slots=True)
class Reconciled:
    """What to do; the keys are fields as in `FieldConflict.field`.

    `take` changes ours, `send` changes theirs, `agreed` is equal on both sides
    already. `kept` are values of ours that stand but cannot be sent. `overruled` are
    changes that gave way to the field's owner; `conflicts` wait for a person and
    change nothing. `dissolved` are fields that waited for a person and no longer have to.
    """

    take: dict[str, Any] = field(default_factory=dict)
    send: dict[str, Any] = field(default_factory=dict)
    agreed: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    overruled: list[FieldConflict] = field(default_factory=list)
    conflicts: list[FieldConflict] = field(default_factory=list)
    dissolved: list[str] = field(default_factory=list)

    def settled(
        self, base: Document | None, *, sent: bool = True, taken: bool = True
    ) -> dict[str, Any]:
        """The snapshot to keep once `take` and `send` are done, unless one is said not to be.

        Conflicts keep the base. A part whose rows are disputed at the first meeting
        is left out whole: a kept part would say that those rows never were.
        """
        known = base or {}
        done = {**(self.take if taken else {}), **(self.send if sent else {})}
        changes = {**self.agreed, **done}
        disputed = {one.field.partition(".")[0] for one in self.conflicts} - known.keys()
        agreed = canonical(apply_changes(known, changes))
        return {name: value for name, value in agreed.items() if name not in disputed}

    def over(self, name: str, base: Document | None) -> bool:
        """Whether a field that was in conflict no longer is: agreed on, or changed on one side.

        A field that is not reconciled here, or has no base, is not for this to judge.
        """
        if any(one.field == name for one in self.conflicts):
            return False
        decided = {**self.agreed, **self.take, **self.send, **self.kept}
        if name in self.agreed or any(one.startswith(f"{name}.") for one in decided):
            return True
        if name in decided:
            return _was_agreed(base or {}, name)
        row = name.rpartition(".")[0]
        return row in decided or any(one.field == row for one in self.conflicts)


def _was_agreed(base: Document, name: str) -> bool:
    """Whether the base knows a field; a name that a known nested value lacks was empty."""
    above, _dot, last = name.rpartition(".")
    inner = value_at(base, above) if above else base
    of_part = any(step.isdigit() for step in name.split(".")[1:])
    return isinstance(inner, Mapping) and (last in inner or (bool(above) and not of_part))


def reconcile(
    base: Document | None,
    ours: Document,
    theirs: Document,
    owners: Mapping[str, Owner],
    *,
    ours_at: datetime | Mapping[str, datetime] | None = None,
    theirs_at: datetime | None = None,
    theirs_since: datetime | None = None,
    sendable: Collection[str] | None = None,
    disputed: Collection[str] = (),
) -> Reconciled:
    """Decide each field that both sides have.

    Documents are nested as `shape` makes them, `base` may be a stored snapshot or
    None at the first meeting. `owners` are by column (`comment`, `lines.price`;
    `lines` for rows that come and go), `ask` where nothing is said. An owner
    `ours` or `theirs` has the last word; otherwise the side that changed has it;
    both changed to different values: `latest` takes the later of the two times,
    `ask` makes a conflict, as `latest` does when the times do not tell. `ours_at`
    may differ by field; a side that does not tell its times may be known to have
    changed after `theirs_since`.
    `sendable` are the fields, named as in `owners`, that can be written there
    (all, when None): where ours has the word and cannot be sent, it stays in
    `kept`, and the base goes on remembering what theirs was. `disputed` are fields
    that wait for a person: nothing is done about them until they are `dissolved`.
    """
    result = Reconciled()
    for name in _new_parts(base, ours, theirs):
        result.agreed[name] = {}
    for one in _fields(base, ours, theirs):
        owner = owners.get(declared_name(one.field, owners), "ask")
        if owner == "latest":
            at = ours_at.get(one.field) if isinstance(ours_at, Mapping) else ours_at
            owner = _later(at, theirs_at, theirs_since, one)
        _decide(result, one, owner)
    if sendable is not None:
        unsent = [one for one in result.send if declared_name(one, sendable) not in sendable]
        for name in unsent:
            result.kept[name] = result.send.pop(name)
    result.dissolved = [name for name in sorted(disputed) if result.over(name, base)]
    for name in set(disputed).difference(result.dissolved):
        result.take.pop(name, None)
        result.send.pop(name, None)
    return result


@dataclass(frozen=True, slots=True)
class _Field(FieldConflict):
    met: bool
    row: bool

    @property
    def same(self) -> bool:
        return bool(canonical(self.ours) == canonical(self.theirs))

    @property
    def ours_changed(self) -> bool:
        return not self.met or canonical(self.ours) != canonical(self.base)

    @property
    def theirs_changed(self) -> bool:
        return not self.met or canonical(self.theirs) != canonical(self.base)


def _new_parts(base: Document | None, ours: Document, theirs: Document) -> list[str]:
    """Parts met for the first time: from now on a row that is absent was absent."""
    both = [name for name in ours if name in theirs and name not in (base or {})]
    return [name for name in both if _are_parts(ours[name], theirs[name])]


def _are_parts(ours: Any, theirs: Any) -> bool:
    both = isinstance(ours, Mapping) and isinstance(theirs, Mapping)
    return both and is_part(ours) and is_part(theirs)


def _fields(base: Document | None, ours: Document, theirs: Document) -> Iterator[_Field]:
    known = base or {}
    for name in ours:
        if name in theirs:
            sides = known.get(name), ours[name], theirs[name]
            yield from _inside(name, *sides, met=name in known)


def _inside(
    name: str, base: Any, ours: Any, theirs: Any, *, met: bool, row: bool = False
) -> Iterator[_Field]:
    """The field itself, or what it consists of where both sides consist of something."""
    if not (isinstance(ours, Mapping) and isinstance(theirs, Mapping)):
        yield _Field(name, base, ours, theirs, met, row)
        return
    was: Document | None = base if isinstance(base, Mapping) else None
    if row:
        for column in [one for one in ours if one in theirs]:
            known = was is not None and column in was
            sides = (was or {}).get(column), ours[column], theirs[column]
            yield from _inside(f"{name}.{column}", *sides, met=known)
        return
    rows = _are_parts(ours, theirs)
    for key in sorted({*(was or {}), *ours, *theirs}, key=_order):
        sides = (was or {}).get(key), ours.get(key), theirs.get(key)
        yield from _inside(f"{name}.{key}", *sides, met=was is not None, row=rows)


def _order(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() else (0, name)


def _later(
    ours_at: datetime | None, theirs_at: datetime | None, since: datetime | None, one: _Field
) -> Owner:
    if not (one.ours_changed and one.theirs_changed):
        return "ask"
    if not one.met and None in (canonical(one.ours), canonical(one.theirs)):
        return "ask"
    if ours_at is None or ours_at == theirs_at:
        return "ask"
    if since is not None and ours_at <= since:
        return "theirs"
    if theirs_at is None:
        return "ask"
    return "ours" if ours_at > theirs_at else "theirs"


def _decide(result: Reconciled, one: _Field, owner: Owner) -> None:
    if one.same:
        result.agreed[one.field] = one.ours
        return
    winner = owner if owner in ("ours", "theirs") else _by_change(one)
    if winner == "ours":
        result.send[one.field] = one.ours
        overruled = one.theirs_changed and owner == "ours"
    elif winner == "theirs":
        result.take[one.field] = one.theirs
        overruled = one.ours_changed and owner == "theirs"
    else:
        result.conflicts.append(_plain(one))
        return
    if overruled:
        result.overruled.append(_plain(one))


def _by_change(one: _Field) -> str | None:
    if not one.theirs_changed:
        return "ours"
    if not one.ours_changed:
        return "theirs"
    if one.met or one.row:
        return None
    # Nobody has ever agreed on it: filling an empty value loses nothing.
    if canonical(one.theirs) is None:
        return "ours"
    return "theirs" if canonical(one.ours) is None else None


def _plain(one: _Field) -> FieldConflict:
    return FieldConflict(one.field, one.base, one.ours, one.theirs)
