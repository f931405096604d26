"""What rules decide: frozen values, each under a key that makes a second time harmless."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

__all__ = [
    "CancelTasks",
    "CloseDeal",
    "CreateTask",
    "Effect",
    "MoveStage",
    "Notify",
    "Reason",
    "SendLetter",
    "SetField",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an effect is made: rule, its version, the document, which occurrence, which action.

    `cause` is the delta that woke the rule, `depth` how long the chain of consequences is.
    """

    rule: str
    version: str
    kind: str
    document: UUID
    occurrence: str
    index: int
    cause: int | None = None
    depth: int = 0

    @property
    def key(self) -> str:
        """`rule|version|document|occurrence|action`: the effect happens once per key."""
        return f"{self.rule}|{self.version}|{self.document}|{self.occurrence}|{self.index}"


@dataclass(frozen=True, slots=True)
class SendLetter:
    """A letter from `template` to an address; empty when the person has none."""

    reason: Reason
    deal: UUID | None
    to: str
    address: str
    template: str
    reply_to: str | None = None
    in_thread: bool = False


@dataclass(frozen=True, slots=True)
class Notify:
    """A short text to a person, by mail, SMS or messenger; `address` is that channel's own."""

    reason: Reason
    deal: UUID | None
    to: str
    address: str
    subject: str
    text: str
    channel: str = "mail"


@dataclass(frozen=True, slots=True)
class CreateTask:
    """A task about a deal; without an executor it still exists and shows up as nobody's.

    `provisional`: its date falls in a year whose transferred days are not announced yet.
    """

    reason: Reason
    deal: UUID
    client: UUID | None
    subject: str
    purpose: str | None
    kind: str
    executor: UUID | None
    due_at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class SetField:
    """A field of a document gets a value of the column's type.

    Not where a person has corrected it by hand, unless `over_hand`.
    """

    reason: Reason
    kind: str
    document: UUID
    field: str
    value: Any
    over_hand: bool = False


@dataclass(frozen=True, slots=True)
class MoveStage:
    """An open deal enters a stage; not when it has left `seen` meanwhile."""

    reason: Reason
    deal: UUID
    seen: str
    to: str


@dataclass(frozen=True, slots=True)
class CloseDeal:
    """An open deal ends; `stage` is the scenario's end, empty for a deal without stages."""

    reason: Reason
    deal: UUID
    result: str
    stage: str | None
    lost_reason: str | None


@dataclass(frozen=True, slots=True)
class CancelTasks:
    """Open, untouched tasks of rules from one stage entry, or from all before it, are cancelled."""

    reason: Reason
    deal: UUID
    entry: int
    also_earlier: bool


Effect = SendLetter | Notify | CreateTask | SetField | MoveStage | CloseDeal | CancelTasks
