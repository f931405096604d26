"""What each side should hold, in plain dictionaries; knows nothing of how the hub works.

Every value that people write is a new one, so a value tells where it comes from. A field knows
which values both sides have ever had at once (`agreed`). From that alone follows what the hub may
do with it: carry a value over to a side whose own value was agreed on, that is, was not changed
by anybody since; anything else overwrites somebody's word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.property.machine.documents import Broken, Cell, Doc, Row, Sight

__all__ = ["Model"]

OWNED_THERE = frozenset({"posted", "amount"})
LATEST = frozenset({"name", "full_name", "comment"})
OWNED_HERE = frozenset({"number"})


@dataclass
class Model:
    """All documents; each method takes what was seen and raises `Broken`.

    `older` are fields (by key here) whose word here is older than the last reading of the base:
    where the later change wins, it gives way to a newer one there.
    """

    docs: list[Doc] = field(default_factory=list)
    by_here: dict[str, Doc] = field(default_factory=dict)
    by_there: dict[str, Doc] = field(default_factory=dict)
    disputed: frozenset[tuple[str, str]] = frozenset()
    older: set[tuple[str, str]] = field(default_factory=set)

    def found(self, sight: Sight) -> None:
        """How it all begins: what is bound is one document, and both sides agree."""
        pairs = {(kind, here): there for kind, there, here in sight.bound}
        for (kind, here), row in sorted(sight.here.items(), key=_by_title):
            doc = self._new(kind)
            self._see(doc, "here", here, row)
            there = pairs.get((kind, here))
            if there is not None:
                self._see(doc, "there", there, sight.there[kind, there])
        if set(sight.there) - {(kind, there) for (kind, _here), there in pairs.items()}:
            raise Broken("something there is not bound at the beginning")
        self.at_rest(sight)

    def people(self, sight: Sight, side: str) -> None:
        """People have done something on one side: all that is new there is their word."""
        other = "there" if side == "here" else "here"
        self._same(sight, other)
        rows, known = getattr(sight, side), getattr(self, f"by_{side}")
        for (kind, key), row in sorted(rows.items(), key=_by_title):
            doc = known.get(key) or self._new(kind)
            changed = self._see(doc, side, key, row)
            if changed and side == "here":
                doc.ours += 1
                self.older -= {(key, name) for name in changed}
        for key in sorted(known.keys() - {key for _kind, key in rows}):
            doc = known[key]
            if side == "here":
                raise Broken(f"a document is gone here: {key}")
            doc.erased = True
            doc.cells["deleted_at"].there = True
            doc.cells["deleted_at"].was_there.append(True)
        self.disputed = sight.disputed

    def begin(self) -> None:
        """The hub begins to work: whatever it reads from now on may be what it goes by."""
        for doc in self.docs:
            for cell in doc.cells.values():
                cell.settle()

    def hub(self, sight: Sight) -> None:
        """The hub has done something, well or not: nothing that was not its to do."""
        self._one_to_one(sight)
        self._arrived(sight)
        self._no_echo(sight)
        for (_kind, key), row in sight.here.items():
            doc = self.by_here[key]
            self._judge(doc, sight, row, self._there(sight, doc))
        for (_kind, key), row in sight.there.items():
            doc = self.by_there[key]
            if doc.here is None:
                self._unchanged(doc, row, "there")
        self.disputed = sight.disputed

    def people_resolved(self, sight: Sight, shown: Mapping[tuple[str, str], Any]) -> None:
        """A person has settled disputes, knowing of theirs what was `shown`, not what is since."""
        for one in self.disputed - sight.disputed:
            key, name = one
            doc = self.by_here[key]
            doc.cells[name].agreed.append(shown[one])
            doc.ours += 1
        self.people(sight, "here")

    def at_rest(self, sight: Sight) -> None:
        """Everybody is quiet: both sides have the same, apart from what waits for a person."""
        for doc in self.docs:
            if doc.here is None and not doc.erased and not doc.cells["deleted_at"].there:
                raise Broken(f"lost on the way here: {doc}")
            if doc.there is None and doc.kind == "invoice" and not doc.cells["deleted_at"].here:
                raise Broken(f"lost on the way there: {doc}")
            for name, cell in doc.cells.items() if doc.whole else ():
                self._agrees(doc, name, cell, sight)
            doc.ours = 0

    def _agrees(self, doc: Doc, name: str, cell: Cell, sight: Sight) -> None:
        buried = doc.erased or doc.cells["deleted_at"].here or doc.cells["deleted_at"].there
        if buried and name != "deleted_at":
            return
        if doc.erased and not cell.here and doc.here in sight.refused:
            return  # restored by a person, who is told that the base has it no more
        waits = (doc.here, name) in sight.disputed
        if cell.here != cell.there and not waits:
            raise Broken(f"no agreement on {name} of {doc.kind} {doc.here}: {cell}")
        if cell.here == cell.there and waits:
            raise Broken(f"a dispute about nothing: {name} of {doc.kind} {doc.here}: {cell}")
        if not waits:
            cell.agreed = [cell.here]

    def _new(self, kind: str) -> Doc:
        doc = Doc(kind)
        self.docs.append(doc)
        return doc

    def _see(self, doc: Doc, side: str, key: str, row: Row) -> list[str]:
        """What has changed of a document on a side."""
        first = getattr(doc, side) is None
        setattr(doc, side, key)
        getattr(self, f"by_{side}")[key] = doc
        changed = []
        for name, value in row.items():
            cell = doc.cells.setdefault(name, Cell())
            if first or getattr(cell, side) != value:
                changed.append(name)
            setattr(cell, side, value)
            getattr(cell, f"was_{side}").append(value)
        return changed

    def _same(self, sight: Sight, side: str) -> None:
        rows, known = getattr(sight, side), getattr(self, f"by_{side}")
        for (_kind, key), row in rows.items():
            if key not in known:
                raise Broken(f"{key} has appeared {side} while the hub was idle")
            self._unchanged(known[key], row, side)

    def _unchanged(self, doc: Doc, row: Row, side: str) -> None:
        for name, value in row.items():
            if getattr(doc.cells[name], side) != value:
                raise Broken(
                    f"{name} of {doc.kind} has changed {side} by itself: {doc.cells[name]}"
                )

    def _there(self, sight: Sight, doc: Doc) -> Row | None:
        return sight.there.get((doc.kind, doc.there)) if doc.there else None

    def _one_to_one(self, sight: Sight) -> None:
        for side, place in (("there", 1), ("here", 2)):
            keys = [(one[0], one[place]) for one in sight.bound]
            if len(keys) != len(set(keys)):
                raise Broken(f"bound twice {side}")

    def _arrived(self, sight: Sight) -> None:
        """Each newcomer is a document that the other side has, and had no counterpart."""
        for side, other in (("here", "there"), ("there", "here")):
            rows, known = getattr(sight, side), getattr(self, f"by_{side}")
            for (kind, key), row in rows.items():
                if key not in known:
                    self._came(kind, side, other, key, row)
            for key in known.keys() - {key for _kind, key in rows}:
                if not (side == "there" and known[key].erased):
                    raise Broken(f"the hub has removed {key} {side}")
        for kind, there, here in sight.bound:
            doc = self.by_there.get(there)
            if doc is None or doc.here != here or doc.kind != kind:
                raise Broken(f"bound to another's: {kind} {there} {here}")

    def _came(self, kind: str, side: str, other: str, key: str, row: Row) -> None:
        alike = [
            doc
            for doc in self.docs
            if doc.kind == kind and _title(doc, other, row) and getattr(doc, other) is not None
        ]
        if len(alike) != 1:
            raise Broken(f"nobody's {kind} has appeared {side}: {row}")
        [doc] = alike
        if getattr(doc, side) is not None:
            raise Broken(f"doubled {side}: {row}")
        for name, value in row.items():
            cell = doc.cells[name]
            fresh = name in OWNED_THERE or name == "deleted_at"
            if value not in getattr(cell, f"was_{other}") and not fresh:
                raise Broken(f"came {side} with {name} that nobody wrote: {value!r}, {cell}")
            cell.agreed.append(value)
        self._see(doc, side, key, row)

    def _no_echo(self, sight: Sight) -> None:
        for key in sight.written:
            doc = self.by_there.get(key)
            if doc is None or not doc.ours:
                raise Broken(f"an echo: the hub wrote what nobody here has touched: {key}, {doc}")

    def _judge(self, doc: Doc, sight: Sight, here: Row, there: Row | None) -> None:
        for name, cell in doc.cells.items():
            now_there = cell.there if there is None else there.get(name, cell.there)
            now_here = here.get(name, cell.here)
            waits = (doc.here, name) in sight.disputed and (doc.here, name) in self.disputed
            if now_here != cell.here:
                self._may_take(doc, name, cell, now_here, waits)
            if now_there != cell.there:
                self._may_send(doc, name, cell, now_there, waits)
            if (doc.here, name) in sight.disputed - self.disputed:
                self._may_ask(doc, name, cell)
            cell.here, cell.there = now_here, now_there
            cell.was_here.append(now_here)
            cell.was_there.append(now_there)
            if now_here == now_there and now_here not in cell.agreed:
                cell.agreed.append(now_here)

    def _may_take(self, doc: Doc, name: str, cell: Cell, now: Any, waits: bool) -> None:
        older = name in LATEST and (doc.here, name) in self.older
        if now not in cell.was_there:
            raise Broken(f"{name} here has become what it is not there: {now!r}, {doc.kind} {cell}")
        if waits or not (cell.here in cell.agreed or name in OWNED_THERE or older):
            raise Broken(f"a word here was overwritten: {name} → {now!r}, {doc.kind} {cell}")
        cell.agreed.append(now)

    def _may_send(self, doc: Doc, name: str, cell: Cell, now: Any, waits: bool) -> None:
        if name == "posted" and now is False and True in doc.cells["deleted_at"].was_here:
            return  # what is marked deleted is no longer posted: the base sees to it
        if now not in cell.was_here:
            raise Broken(f"{name} there has become what it is not here: {now!r}, {doc.kind} {cell}")
        if waits or not (cell.there in cell.agreed or name in OWNED_HERE):
            raise Broken(f"a word there was overwritten: {name} → {now!r}, {doc.kind} {cell}")
        cell.agreed.append(now)

    def _may_ask(self, doc: Doc, name: str, cell: Cell) -> None:
        """A person is asked about what both sides have changed, or a deletion of what has been."""
        if name == "deleted_at":
            fair = True in cell.was_here and False in cell.was_there
        else:
            fair = not cell.agreed or any(
                known not in (here, there)
                for known in cell.agreed
                for here in cell.was_here
                for there in cell.was_there
                if here != there
            )
        if not fair:
            raise Broken(f"a dispute about what one side alone has changed: {name} {doc}")

    def compared(self) -> None:
        """The base has been read: a word that was here before is older than what is new there."""
        self.older = {(key, name) for key, doc in self.by_here.items() for name in doc.cells}

    def disputes(self) -> Iterator[tuple[str, str]]:
        """What waits for a person, in a steady order."""
        places = {doc.here: number for number, doc in enumerate(self.docs)}
        yield from sorted(self.disputed, key=lambda one: (places.get(one[0], -1), one[1]))


TITLES = {"client": "name", "invoice": "number", "payment": "number"}


def _title(doc: Doc, side: str, row: Row) -> bool:
    name = TITLES[doc.kind]
    return row[name] in getattr(doc.cells[name], f"was_{side}")


def _by_title(item: tuple[tuple[str, str], Row]) -> tuple[str, str]:
    (kind, _key), row = item
    return kind, str(row[TITLES[kind]])
