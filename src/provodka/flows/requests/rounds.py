"""What couriers and dispatchers say of stops: done, failed, moved; each heard once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from provodka.connectors.crm_store.requests import Asked
from provodka.flows.hub import Hub
from provodka.flows.requests.catalog import Done
from provodka.flows.requests.given import asker, given
from provodka.flows.water import stops
from provodka.flows.water.stops import Fact, Move
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _
from provodka.foundation.money import Money, kopecks

__all__ = ["stop_done", "stop_failed", "stop_reschedule"]

DESK = frozenset({"dispatcher", "head"})
"""Whoever may speak of everybody's stops."""
STOP = text("""
    SELECT s.id, s.number, s.status, s.courier_id, s.planned_from, s.plan_version,
      s.cash_due, s.cash_taken, e.name AS courier
    FROM crm.delivery s LEFT JOIN crm.employee e ON e.id = s.courier_id
    WHERE s.id = :stop AND s.deleted_at IS NULL FOR UPDATE OF s
""")
COURIER = text("SELECT name FROM crm.employee WHERE id = :key AND deleted_at IS NULL")


class SaidDone(msgspec.Struct):
    """A stop is done: when, what was handed over and taken; quantities by product."""

    stop: UUID
    at: datetime
    cash: Decimal
    seen: int
    delivered: dict[UUID, Decimal] = {}
    returned: dict[UUID, Decimal] = {}
    note: str | None = None


class SaidFailed(msgspec.Struct):
    """A stop has failed: when, and why."""

    stop: UUID
    at: datetime
    reason: str
    seen: int
    note: str | None = None


class SaidMoved(msgspec.Struct):
    """A stop gets another time or courier; `seen` is the plan that was looked at."""

    stop: UUID
    reason: str
    seen: int
    to: datetime | None = None
    courier: UUID | None = None


def stop_done(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Note a delivery. A plan that was changed meanwhile gives way: water has been handed over."""
    said = given(asked, SaidDone)
    stop = _stop(hub, connection, asked, said.stop)
    stops.done(
        connection,
        stop.number,
        Fact(kopecks(said.cash), said.delivered, said.returned, said.note),
        said.at,
    )
    now = connection.execute(STOP, {"stop": said.stop}).one()
    told = _("{number}: доставлено, получено {taken}").format(
        number=stop.number, taken=Money(now.cash_taken)
    )
    if now.cash_taken != now.cash_due:
        told += _(", а к получению было {due}").format(due=Money(now.cash_due))
    if said.seen < stop.plan_version:
        told += _(". Диспетчер успел перенести остановку, но верх взяла доставка")
    return told, {"delivery": str(stop.id)}


def stop_failed(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Note a failure, unless somebody has already planned the stop anew."""
    said = given(asked, SaidFailed)
    stop = _stop(hub, connection, asked, said.stop)
    if said.seen < stop.plan_version and stop.status == "planned":
        raise _refused(
            stop.number,
            _("ее уже перенесли на {at}").format(at=_moment(hub, stop.planned_from)),
            _("«Не доставлено» о том плане, который вы видели"),
            _("обновите страницу: остановка ждет нового времени"),
            "moved_meanwhile",
        )
    stops.failed(connection, stop.number, said.reason, said.at, said.note)
    told = _("{number}: не доставлено, диспетчер договорится о новом времени")
    return told.format(number=stop.number), {"delivery": str(stop.id)}


def stop_reschedule(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Give a stop another time or courier; the last one wins, and both are remembered."""
    said = given(asked, SaidMoved)
    stop = _stop(hub, connection, asked, said.stop)
    if said.to is not None and said.to <= asked.asked_at:
        raise _refused(
            stop.number,
            _("новое время {at} уже прошло").format(at=_moment(hub, said.to)),
            _("время впереди"),
            _("назначьте другое время"),
            "past_time",
        )
    if said.courier is not None and _courier(connection, said.courier) is None:
        raise _refused(
            stop.number,
            _("такого экспедитора нет"),
            _("сотрудник компании"),
            _("обновите страницу и выберите экспедитора"),
            "no_courier",
        )
    unseen = stops.move(
        connection, stop.number, Move(said.reason, said.to, said.courier, said.seen)
    )
    now = connection.execute(STOP, {"stop": said.stop}).one()
    told = _("{number}: ждут {at}, везет {courier}").format(
        number=stop.number, at=_moment(hub, now.planned_from), courier=now.courier or "—"
    )
    if unseen:
        told += _(". До вас ее перенесли другие; история переносов у остановки")
    return told, {"delivery": str(stop.id)}


def _stop(hub: Hub, connection: Connection, asked: Asked, key: UUID) -> Any:
    """The stop, held, if whoever asks may speak of it."""
    stop = connection.execute(STOP, {"stop": key}).first()
    person = asker(hub, connection, asked)
    desk = not DESK.isdisjoint(person.roles)
    courier = "courier" in person.roles and person.employee is not None
    if stop is None or not (desk or courier):
        raise _refused(
            "",
            _("такой остановки нет"),
            _("ваша остановка"),
            _("обновите страницу"),
            "no_stop",
        )
    if not desk and stop.courier_id != person.employee:
        raise _refused(
            stop.number,
            _("остановка не у вас: везет {courier}").format(courier=stop.courier or "—"),
            _("ваша остановка"),
            _("если вы были у этого клиента, скажите диспетчеру: отметка не записана"),
            "foreign_stop",
        )
    return stop


def _courier(connection: Connection, key: UUID) -> str | None:
    name: str | None = connection.execute(COURIER, {"key": key}).scalar()
    return name


def _moment(hub: Hub, at: datetime | None) -> str:
    return "—" if at is None else f"{at.astimezone(hub.settings.zone):%d.%m.%Y %H:%M}"


def _refused(number: str, found: str, expected: str, next_step: str, code: str) -> Refused:
    where = _("Остановка {number}").format(number=number) if number else _("Остановка")
    return Refused(where, found=found, expected=expected, next_step=next_step, code=code)
