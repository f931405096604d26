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
from provodka.mappings.snapshot import canonical

__all__ = ["FieldConflict", "Reconciled", "apply_changes", "reconcile"]

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """Both sides of one field and what they last agreed on (None when never).

    `field` is a column (`comment`), a cell of a part (`lines.2.price`) or a whole
    row (`lines.2`), whose value is None where the row is absent.
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
    change nothing.
    """

    take: dict[str, Any] = field(default_factory=dict)
    send: dict[str, Any] = field(default_factory=dict)
    agreed: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    overruled: list[FieldConflict] = field(default_factory=list)
    conflicts: list[FieldConflict] = field(default_factory=list)

    def settled(self, base: Document | None, *, sent: bool = True) -> dict[str, Any]:
        """The snapshot to keep once `take` is done, and `send` too unless `sent` is False.

        Conflicts keep the base. A part whose rows are disputed at the first meeting
        is left out whole: a kept part would say that those rows never were.
        """
        known = base or {}
        changes = {**self.agreed, **self.take, **(self.send if sent else {})}
        disputed = {one.field.partition(".")[0] for one in self.conflicts} - known.keys()
        agreed = canonical(apply_changes(known, changes))
        return {name: value for name, value in agreed.items() if name not in disputed}


def reconcile(
    base: Document | None,
    ours: Document,
    theirs: Document,
    owners: Mapping[str, Owner],
    *,
    ours_at: datetime | None = None,
    theirs_at: datetime | None = None,
    sendable: Collection[str] | None = None,
) -> Reconciled:
    """Decide each field that both sides have.

    Documents are nested as `shape` makes them, `base` may be a stored snapshot or
    None at the first meeting. `owners` are by column (`comment`, `lines.price`;
    `lines` for rows that come and go), `ask` where nothing is said. An owner
    `ours` or `theirs` has the last word; otherwise the side that changed has it;
    both changed to different values: `latest` takes the later of the two times,
    `ask` makes a conflict, as `latest` does when the times do not tell.
    `sendable` are the fields, named as in `owners`, that can be written there
    (all, when None): where ours has the word and cannot be sent, it stays in
    `kept`, and the base goes on remembering what theirs was.
    """
    result = Reconciled()
    for name in _new_parts(base, ours, theirs):
        result.agreed[name] = {}
    for name, one in _fields(base, ours, theirs):
        owner = owners.get(_owner_key(name), "ask")
        if owner == "latest":
            owner = _later(ours_at, theirs_at, one)
        _decide(result, one, owner)
    if sendable is not None:
        for name in [one for one in result.send if _owner_key(one) not in sendable]:
            result.kept[name] = result.send.pop(name)
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
    return [name for name in both if isinstance(ours[name], Mapping)]


def _fields(
    base: Document | None, ours: Document, theirs: Document
) -> Iterator[tuple[str, _Field]]:
    known = base or {}
    for name in ours:
        if name not in theirs:
            continue
        mine, other, agreed = ours[name], theirs[name], known.get(name)
        if isinstance(mine, Mapping) and isinstance(other, Mapping):
            was: Document | None = agreed if isinstance(agreed, Mapping) else None
            yield from _rows(name, was or {}, mine, other, was is not None)
        else:
            yield name, _Field(name, agreed, mine, other, name in known, row=False)


def _rows(
    part: str, base: Document, ours: Document, theirs: Document, met: bool
) -> Iterator[tuple[str, _Field]]:
    for line in sorted({str(line) for line in (*base, *ours, *theirs)}, key=int):
        mine, other, agreed = _row(ours, line), _row(theirs, line), _row(base, line)
        name = f"{part}.{line}"
        if mine is None or other is None:
            yield name, _Field(name, agreed, mine, other, met, row=True)
            continue
        for column in [one for one in mine if one in other]:
            cell = f"{name}.{column}"
            known = agreed is not None and column in agreed
            was = agreed[column] if agreed is not None and known else None
            yield cell, _Field(cell, was, mine[column], other[column], known, row=False)


def _row(rows: Document, line: str) -> Mapping[str, Any] | None:
    return rows.get(line)


def _owner_key(name: str) -> str:
    part, _dot, rest = name.partition(".")
    _line, _dot, column = rest.partition(".")
    return f"{part}.{column}" if column else part


def _later(ours_at: datetime | None, theirs_at: datetime | None, one: _Field) -> Owner:
    if not (one.ours_changed and one.theirs_changed):
        return "ask"
    if not one.met and None in (canonical(one.ours), canonical(one.theirs)):
        return "ask"
    if ours_at is None or theirs_at is None or ours_at == theirs_at:
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


def apply_changes(document: Document, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A nested document with changes made, keys as `Reconciled.take` has them.

    A row whose value is None goes away. The document itself is left alone.
    """
    changed = {name: _copied(value) for name, value in document.items()}
    for name, value in changes.items():
        part, _dot, rest = name.partition(".")
        line, _dot, column = rest.partition(".")
        if column:
            changed.setdefault(part, {}).setdefault(line, {})[column] = value
        elif line and value is None:
            changed.setdefault(part, {}).pop(line, None)
        elif line:
            changed.setdefault(part, {})[line] = dict(value)
        else:
            changed[part] = _copied(value)
    return changed


def _copied(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {line: dict(row) for line, row in value.items()}
