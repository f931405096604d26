"""What rules decide: frozen values, each under a key that makes a second time harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from provodka.trigger_rules.effect_reason import Reason
from provodka.trigger_rules.outside_effects import (
    AddToAudience,
    CallWebhook,
    Dial,
    Say,
    SendReport,
    Signal,
)

__all__ = [
    "AddToAudience",
    "ArchiveDeal",
    "Assign",
    "BillMonth",
    "CallWebhook",
    "CancelTasks",
    "CloseDeal",
    "CopyDeal",
    "CreateDocument",
    "CreateTask",
    "DeleteDocument",
    "Dial",
    "Effect",
    "Fired",
    "MoveStage",
    "MoveTasks",
    "Notify",
    "PauseDeal",
    "Reason",
    "ResumeDeal",
    "Say",
    "SendLetter",
    "SendReport",
    "SetField",
    "Signal",
    "Wait",
]


@dataclass(frozen=True, slots=True)
class SendLetter:
    """A letter from `template` to an address; empty when the person has none.

    `attach` are the documents, by kind and key, whose files go with it; `sends` those that the
    client has got once it has gone.
    """

    reason: Reason
    deal: UUID | None
    to: str
    address: str
    template: str
    reply_to: str | None = None
    in_thread: bool = False
    attach: tuple[tuple[str, UUID], ...] = ()
    sends: tuple[tuple[str, UUID], ...] = ()


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


@dataclass(frozen=True, slots=True)
class Assign:
    """A deal gets a responsible employee, chosen when it is done: by then others have work too.

    `how` is fixed, by_stage, round_robin, least_loaded or head; `to` are e-mails, `role` and
    `department` narrow the choice when there are none. `tasks`: open tasks go along.
    """

    reason: Reason
    deal: UUID
    how: str
    to: tuple[str, ...] = ()
    role: str | None = None
    department: str | None = None
    tasks: bool = True
    over_hand: bool = False


@dataclass(frozen=True, slots=True)
class CopyDeal:
    """A deal like another, its items too, under the reason's `new_id`, with these fields."""

    reason: Reason
    deal: UUID
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArchiveDeal:
    """A deal is put away under a tombstone, its open tasks cancelled."""

    reason: Reason
    deal: UUID
    why: str | None


@dataclass(frozen=True, slots=True)
class PauseDeal:
    """Nothing is asked of an open deal until a moment."""

    reason: Reason
    deal: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class ResumeDeal:
    """A paused deal goes on."""

    reason: Reason
    deal: UUID


@dataclass(frozen=True, slots=True)
class CreateDocument:
    """A document of `kind` with these fields; lines are those of the document `basis`."""

    reason: Reason
    kind: str
    values: Mapping[str, Any]
    basis: tuple[str, UUID] | None


@dataclass(frozen=True, slots=True)
class DeleteDocument:
    """Untouched drafts of `kind` that the rule `created_by` has made for a deal are deleted."""

    reason: Reason
    deal: UUID
    kind: str
    created_by: str


@dataclass(frozen=True, slots=True)
class MoveTasks:
    """Open, untouched tasks of the rule `created_by` get this executor and term, where said."""

    reason: Reason
    deal: UUID
    created_by: str
    executor: UUID | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class BillMonth:
    """A client's orders that were delivered in the month of this day become one invoice."""

    reason: Reason
    client: UUID
    month: date


@dataclass(frozen=True, slots=True)
class Wait:
    """An action is put off: at `due_at` its rule is asked again about the same event."""

    reason: Reason
    event: str
    of: str
    occurrence: str
    kind: str
    document: UUID
    deal: UUID | None
    base: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule whose frequency is capped has acted."""

    reason: Reason
    deal: UUID | None
    client: UUID | None
    at: datetime


Effect = (
    SendLetter
    | Notify
    | CreateTask
    | SetField
    | MoveStage
    | CloseDeal
    | CancelTasks
    | Assign
    | CopyDeal
    | ArchiveDeal
    | PauseDeal
    | ResumeDeal
    | CreateDocument
    | DeleteDocument
    | MoveTasks
    | BillMonth
    | Signal
    | CallWebhook
    | Dial
    | Say
    | AddToAudience
    | SendReport
    | Wait
    | Fired
)
