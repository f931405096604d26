"""How the door is doing: what waits, what was set aside, what was turned away of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import inbox
from provodka.connectors.crm_store.inbox import Gate
from provodka.foundation.i18n import _, marked

__all__ = ["NOTHING", "Arrivals", "arrivals", "door_word", "reason_word", "state_word"]

OF_LATE = timedelta(days=1)
DOORS = {
    "hook": marked("вебхук"),
    "form": marked("форма"),
    "visit": marked("посещение"),
    "open": marked("прочтение"),
    "unsubscribe": marked("отписка"),
}
STATES = {
    "new": marked("ждет обработки"),
    "done": marked("обработано"),
    "aside": marked("отложено"),
    "refused": marked("отвергнуто"),
}
REASONS = {
    "signature_wrong": marked("подпись неверна"),
    "signature_missing": marked("подписи нет"),
    "unknown_system": marked("такая система не подключена"),
    "unknown_form": marked("такой формы нет"),
    "foreign_site": marked("чужой сайт"),
    "too_often": marked("слишком часто"),
    "too_large": marked("слишком большое тело"),
    "robot": marked("робот заполнил ловушку"),
    "empty_form": marked("пустая форма"),
    "bad_form": marked("форму не прочитать"),
    "unknown_form_type": marked("форма неизвестного вида"),
    "form_too_large": marked("слишком много полей"),
}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What waits or is set aside by door and system, and refusals of the last day."""

    gates: Sequence[Gate]
    refused: Sequence[dict[str, Any]]


NOTHING = Arrivals((), ())


def arrivals(connection: Connection, now: datetime) -> Arrivals:
    """Ask the store."""
    return Arrivals(inbox.gates(connection), inbox.refusals(connection, now - OF_LATE))


def door_word(door: str) -> str:
    """A door in words."""
    return _(DOORS[door]) if door in DOORS else door


def state_word(state: str) -> str:
    """What has become of an arrival, in words."""
    return _(STATES[state]) if state in STATES else state


def reason_word(reason: str) -> str:
    """Why a request was turned away, in words."""
    return _(REASONS[reason]) if reason in REASONS else reason
