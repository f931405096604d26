"""Asking for a call to be placed: an errand for the PBX, recorded with its reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import outbox

__all__ = ["OPERATION", "SAY", "TARGET", "Asked", "Robot", "ask_for"]

TARGET = "dial"
OPERATION = "call.dial"
SAY = "call.say"


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that somebody wants now: whose telephone rings, whom it is connected with.

    `pbx` names one of `hub.yaml`; empty is the first that can place calls.
    """

    extension: str
    number: str = field(repr=False)
    at: datetime
    pbx: str = ""


@dataclass(frozen=True, slots=True)
class Robot:
    """A call that a robot is to make now: whom it calls, and what it says."""

    number: str = field(repr=False)
    at: datetime
    text: str = field(default="", repr=False)
    recording: str = ""


def ask_for(
    connection: Connection,
    call: Asked | Robot,
    *,
    key: str,
    about: tuple[str, UUID],
    cause: tuple[int | None, int] = (None, 0),
) -> bool:
    """Record the wish in the current transaction; `False` if its key is there already.

    `about` is the document that it is about, `cause` the delta that led to it and its depth.
    """
    payload = asdict(call) | {"at": call.at.isoformat()}
    operation = SAY if isinstance(call, Robot) else OPERATION
    intent = outbox.Intent(key, TARGET, operation, *about, payload, *cause)
    return outbox.enqueue(connection, intent)
