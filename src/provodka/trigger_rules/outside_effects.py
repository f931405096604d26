"""What rules decide for others: other rules, other systems, a telephone, an audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from provodka.trigger_rules.effect_reason import Reason

__all__ = ["AddToAudience", "CallWebhook", "Dial", "Say", "SendReport", "Signal"]


@dataclass(frozen=True, slots=True)
class Signal:
    """An event is said to have happened to a document."""

    reason: Reason
    name: str
    of: str
    kind: str
    about: UUID
    deal: UUID | None
    client: UUID | None


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """Another system is told, at an address that the settings name."""

    reason: Reason
    address: str
    kind: str
    document: UUID
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dial:
    """An employee's telephone rings, and then the number that the employee is to talk with."""

    reason: Reason
    employee: UUID
    extension: str
    number: str
    kind: str
    document: UUID


@dataclass(frozen=True, slots=True)
class Say:
    """A number is called, and a robot says `text`, its fields still to fill, or a recording."""

    reason: Reason
    number: str
    text: str
    recording: str
    kind: str
    document: UUID


@dataclass(frozen=True, slots=True)
class AddToAudience:
    """A client's contacts join an audience list, as (`email` or `phone`, SHA-256 hex)."""

    reason: Reason
    audience: str
    client: UUID
    hashes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SendReport:
    """A report over [since, until) goes out as a file to addresses and to a role's employees."""

    reason: Reason
    report: str
    since: date
    until: date
    to: tuple[str, ...]
    role: str | None
    department: str | None
    by: str | None
    where: Mapping[str, str]
    format: str
