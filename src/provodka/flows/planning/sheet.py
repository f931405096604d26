"""What would be written to 1C, noted request by request instead of being sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5

from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.onec.odata.handing import Send
from provodka.flows.deliver.courier import Courier, StillMine
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.flows.insight.planned import PlannedField, Push, Wire, plain
from provodka.flows.onec.documents import Paper
from provodka.flows.planning.reasons import sent
from provodka.foundation.errors import MissingParent, ProvodkaError
from provodka.mappings.reconcile import Reconciled
from provodka.mappings.snapshot import canonical

__all__ = ["Noting", "NotingCourier", "Sheet", "made_up"]

PLANNED = "planned"


def made_up(document: UUID) -> str:
    """The key that stands in a plan for the one that 1C will give to a new object."""
    return str(uuid5(document, PLANNED))


@dataclass
class Sheet:
    """A hand that sends nothing and answers as an obedient base would.

    `pushes` are by document, in the order of their first errands; `unready` are errands that
    wait for a document that was queued before them.
    """

    pushes: dict[tuple[str, UUID], Push] = field(default_factory=dict)
    unready: set[int] = field(default_factory=set)
    _rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    _seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    _errand: Errand | None = None

    def begin(self, errand: Errand) -> None:
        """What is written from now on is for this errand."""
        self._errand = errand

    def end(self, errand: Errand, state: str, trouble: ProvodkaError | None) -> None:
        """The errand has ended so."""
        self._errand = None
        if isinstance(trouble, MissingParent):
            self.unready.add(errand.id)
            return
        one = self._push(errand)
        if one.writes or trouble is not None:
            told = str(trouble) if trouble else ""
            self._keep(errand, replace(one, state=state, trouble=told))

    def told(self, paper: Paper, decided: Reconciled) -> None:
        """What was decided about each field of the document at hand."""
        if self._errand is not None and decided.send:
            one = self._push(self._errand)
            self._keep(self._errand, replace(one, fields=tuple(_fields(paper, decided))))

    def row(self, path: str) -> dict[str, Any] | None:
        """An object as it would be after what has been noted."""
        return self._rows.get(path)

    def saw(self, path: str, row: Any) -> None:
        """What a change of an object will be answered with."""
        if "(" in path and isinstance(row, dict):
            self._seen[path] = row

    def write(self, method: str, path: str, body: dict[str, Any] | None, _send: Send) -> Any:
        """Note a request; the answer is what the base would hold."""
        if self._errand is None:
            raise RuntimeError(path)
        one = self._push(self._errand)
        wire = Wire(method, path, plain(body))
        op = _op(method, path, body, one.op)
        self._keep(self._errand, replace(one, op=op, writes=(*one.writes, wire)))
        return self._answer(method, path, body)

    def _answer(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        errand = self._errand
        if method == "POST" and "(" not in path and errand is not None:
            ref = made_up(errand.document)
            row = {"Ref_Key": ref, "DataVersion": "", "Posted": False, **(body or {})}
            self._rows[f"{path}(guid'{ref}')"] = row
            return dict(row)
        if method != "PATCH":
            return None
        self._rows[path] = {**self._seen.get(path, {}), **self._rows.get(path, {}), **(body or {})}
        return dict(self._rows[path])

    def _push(self, errand: Errand) -> Push:
        fresh = Push("update", errand.kind, str(errand.document), "", "", "", (), ())
        return self.pushes.get((errand.kind, errand.document), fresh)

    def _keep(self, errand: Errand, one: Push) -> None:
        self.pushes[(errand.kind, errand.document)] = one


def _fields(paper: Paper, decided: Reconciled) -> Iterator[PlannedField]:
    """The fields to be sent: what 1C has is what was agreed on, unless it has been overruled."""
    agreed = decided.settled(paper.bound.snapshot, sent=False, taken=False)
    there = {one.field: one.theirs for one in decided.overruled}
    for name, ours in decided.send.items():
        reason = sent(decided, name, agreed)
        theirs = there[name] if name in there else _value(agreed, name)
        yield PlannedField(name, canonical(theirs), canonical(ours), reason.wins, reason.why)


def _value(agreed: Any, name: str) -> Any:
    """A field of a snapshot by its dotted name."""
    for step in name.split("."):
        agreed = agreed.get(step) if isinstance(agreed, dict) else None
    return agreed


def _op(method: str, path: str, body: dict[str, Any] | None, before: str) -> str:
    if method == "POST" and "(" not in path:
        return "insert"
    if body == {"DeletionMark": True}:
        return "delete"
    return before


class Noting(Protocol):
    """A hand that wants to know for which errand it is asked."""

    def begin(self, errand: Errand) -> None:
        """An errand is taken up."""
        ...

    def end(self, errand: Errand, state: str, trouble: ProvodkaError | None) -> None:
        """It has come to this."""
        ...


@dataclass
class NotingCourier:
    """A courier whose hand hears of each errand; the very code that sends carries them out."""

    courier: Courier
    sheet: Noting

    @property
    def target(self) -> str:
        """The system that the errands are for."""
        return self.courier.target

    @property
    def lost_answer_wait(self) -> timedelta:
        """As long as the courier waits."""
        return self.courier.lost_answer_wait

    @property
    def workers(self) -> int:
        """As many as the courier bears."""
        return self.courier.workers

    @property
    def ahead(self) -> int:
        """As many as the courier announces at once."""
        return self.courier.ahead

    def marker(self, errand: Errand) -> str:
        """The courier's own."""
        return self.courier.marker(errand)

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Carry out, noting what came of it."""
        self.sheet.begin(errand)
        try:
            outcome = self.courier.carry(errand, still_mine)
        except ProvodkaError as error:
            self.sheet.end(errand, "postponed", error)
            raise
        state = outcome.state if isinstance(outcome, Done) else "postponed"
        self.sheet.end(errand, state, outcome.trouble)
        return outcome
