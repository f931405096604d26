"""What the next message to 1C would carry: noted for a plan, or let through as it was planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from provodka.connectors.crm_store import locks
from provodka.connectors.crm_store.leases import Worker
from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.flows.hub import Hub
from provodka.flows.insight.planned import PlannedField, Push, Wire, plain
from provodka.flows.onec.documents import Paper
from provodka.flows.onec.exchange.composing import Ready
from provodka.flows.onec.exchange.place import LOCK, read_place
from provodka.flows.onec.exchange.sending import Sender, terms
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.planning.guard import Otherwise
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _
from provodka.mappings.snapshot import canonical

__all__ = ["MessageGuard", "MessageSheet", "note_message", "send_message"]

MESSAGE = "MESSAGE"


@dataclass
class MessageSheet:
    """Notes the objects of a message that is not sent; `pushes` are by document."""

    pushes: dict[tuple[str, UUID], Push] = field(default_factory=dict)

    def ready(self, one: Ready) -> None:
        """Note an object as the message would have it."""
        paper = one.paper
        self._keep(one.errand, _push(one, tuple(_fields(paper)) if paper.binding else ()))

    def ended(self, errand: Errand, outcome: Outcome) -> None:
        """Note a document that would not go."""
        if outcome.trouble is not None:
            state, trouble = _state(outcome), str(outcome.trouble)
            place = ("update", errand.kind, str(errand.document), "")
            self._keep(errand, Push(*place, state, trouble, (), ()))

    def _keep(self, errand: Errand, push: Push) -> None:
        self.pushes[errand.kind, errand.document] = push


@dataclass
class MessageGuard:
    """Lets an object go if it is what was planned, to the last element.

    `states` and `troubles` tell by document how its errand has ended, `done` how often it went.
    """

    pushes: Sequence[Push]
    done: dict[str, int] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    def ready(self, one: Ready) -> ProvodkaError | None:
        """The reason why an object must not go."""
        document, wire = str(one.paper.document), _wire(one)
        if any(push.document == document and wire in push.writes for push in self.pushes):
            return None
        return Otherwise(
            f"{document} → {one.kind}",
            found=_("отправить пришлось бы не то, что в плане"),
            expected=_("объект, каким он был при составлении плана"),
            next_step=_("ничего не отправлено; составьте план снова: provodka sync --plan"),
            code="otherwise_than_planned",
        )

    def ended(self, errand: Errand, outcome: Outcome) -> None:
        """Remember what came of it."""
        document = str(errand.document)
        self.states[document] = _state(outcome)
        self.troubles[document] = str(outcome.trouble) if outcome.trouble else ""
        self.done[document] = int(outcome == Done("delivered"))


def note_message(inside: Hub) -> dict[tuple[str, UUID], Push]:
    """The objects of the message that a hub inside a rehearsal would send.

    The caller holds the target's gate, here and in `send_message`.
    """
    sheet = MessageSheet()
    with inside.engine.connect() as connection:
        met = read_place(connection).met
    if met:
        Sender(inside, _alone(inside), watcher=sheet).gathered()
    return sheet.pushes


def send_message(hub: Hub, pushes: Sequence[Push]) -> MessageGuard:
    """Send the planned documents and no others; while another exchange is under way, nothing."""
    guard = MessageGuard(pushes)
    documents = [UUID(push.document) for push in pushes]
    # Who holds this one may be waiting for a lock of ours.
    with locks.alone(hub.engine, LOCK) as mine:
        if mine:
            Sender(hub, _alone(hub), documents, guard).run()
    return guard


def _alone(hub: Hub) -> Worker:
    return Worker(SYSTEM, terms=terms(hub))


def _push(one: Ready, fields: tuple[PlannedField, ...]) -> Push:
    paper = one.paper
    op = "delete" if paper.deleted else "update" if paper.binding else "insert"
    document = str(paper.document)
    return Push(op, paper.mapping.kind, document, "", "delivered", "", fields, (_wire(one),))


def _wire(one: Ready) -> Wire:
    return Wire(MESSAGE, one.kind, plain(one.value))


def _fields(paper: Paper) -> Iterator[PlannedField]:
    """What the object has otherwise than the sides have agreed on: it goes whole in any case."""
    before, after = paper.bound.snapshot or {}, paper.agreed()
    for name in after:
        was, would = canonical(before.get(name)), canonical(after[name])
        if was != would:
            yield PlannedField(name, was, would, "ours", "changed_here")


def _state(outcome: Outcome) -> str:
    return outcome.state if isinstance(outcome, Done) else "postponed"
