"""What a courier's telephone sends of a stop: read, bounded, kept as a request under its key."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import text

from provodka.dashboards.web.pages.desk.fields import moment
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["LONGEST_AWAY", "Act", "pressed_at", "take_act"]

LONGEST_AWAY = timedelta(days=14)
"""A word older than this is dated by its arrival: no telephone waits so long for a connection."""
LONGEST_NOTE = 500
KINDS = {"done": "stop_done", "failed": "stop_failed", "move": "stop_reschedule"}
MINE = text("""
    SELECT s.courier_id = :me
      OR EXISTS (SELECT FROM crm.delivery_moves m
                 WHERE m.delivery_id = s.id AND m.former_courier_id = :me)
    FROM crm.delivery s WHERE s.id = :stop AND s.deleted_at IS NULL
""")


class Act(msgspec.Struct):
    """One word of a courier. `pressed` and `sent` are ms by the telephone's own clock, `seen` the
    plan of the stop that was on its screen, `to` a time by the company's clock.
    """

    id: UUID
    person: UUID
    kind: Literal["done", "failed", "move"]
    stop: UUID
    seen: int
    pressed: int
    sent: int
    cash: Decimal | None = None
    delivered: dict[UUID, Decimal] = {}
    returned: dict[UUID, Decimal] = {}
    reason: str | None = None
    note: str | None = None
    to: str | None = None


def take_act(visit: Visit) -> tuple[int, dict[str, Any]]:
    """Keep a word; the status and what the telephone is told: the key, the state, the words.

    Status 409: it is another person's word, and waits until they sign in. Status 422: it can never
    be kept.
    """
    try:
        act = msgspec.json.decode(visit.form.get("json", ""), type=Act)
    except (msgspec.DecodeError, UnicodeError):
        return 422, {"state": "refused", "said": _("Отметка не читается: обновите страницу.")}
    told = {"id": act.id}
    if act.person != visit.visitor.person:
        return 409, {**told, "state": "foreign", "said": _("Это отметка другого человека.")}
    given = {"me": visit.visitor.employee, "stop": act.stop}
    if not visit.connection.execute(MINE, given).scalar():
        said = _("Это не ваша остановка. Отметка не записана, скажите диспетчеру.")
        return 422, {**told, "state": "refused", "said": said}
    try:
        asked = visit.wish(KINDS[act.kind], _parameters(act, visit), act.id)
    except ProvodkaError as error:
        return 422, {**told, "state": "refused", "said": str(error)}
    return 200, {**told, "state": asked.state, "said": asked.said}


def _parameters(act: Act, visit: Visit) -> dict[str, Any]:
    note = (act.note or "").strip()[:LONGEST_NOTE] or None
    about = {"stop": str(act.stop), "seen": act.seen}
    at = pressed_at(act, visit.now).isoformat()
    if act.kind == "move":
        to = moment(act.to or "", visit.backdrop.zone, _("Новое время"))
        return {**about, "reason": act.reason or "", "to": to.isoformat() if to else None}
    if act.kind == "failed":
        return {**about, "at": at, "reason": act.reason or "", "note": note}
    return {
        **about,
        "at": at,
        "cash": str(act.cash or 0),
        "delivered": {str(key): str(value) for key, value in act.delivered.items()},
        "returned": {str(key): str(value) for key, value in act.returned.items()},
        "note": note,
    }


def pressed_at(act: Act, now: datetime) -> datetime:
    """When the courier pressed, by our clock: of the telephone's own only a difference is taken."""
    away = timedelta(milliseconds=max(0, min(act.sent - act.pressed, 10**12)))
    return now if away > LONGEST_AWAY else now - away
