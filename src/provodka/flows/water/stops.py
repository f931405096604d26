"""The couriers' stops of a day: seen, done, failed, moved, each by a person with a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.tables.deals import task
from provodka.connectors.crm_store.tables.deliveries import REASONS, delivery, delivery_line
from provodka.connectors.crm_store.tables.orders import returnable
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _
from provodka.foundation.money import kopecks

__all__ = ["Fact", "Move", "balance", "day_sheet", "done", "failed", "move", "moves_of"]

SHEET = text("""
    SELECT s.number, s.status, s.planned_from, s.planned_to, s.attempt, s.plan_version, s.cash_due,
      s.cash_taken, s.reason, c.name AS client, coalesce(k.phone, c.phone) AS phone, p.address,
      e.name AS courier, (SELECT string_agg(i.name || ' × ' || trim_scale(l.quantity), ', '
        ORDER BY l.line) FROM crm.delivery_lines l JOIN crm.product i ON i.id = l.product_id
        WHERE l.delivery_id = s.id) AS goods,
      (SELECT count(*) FROM crm.delivery_moves m WHERE m.delivery_id = s.id) AS moves,
      EXISTS (SELECT FROM crm.delivery_moves m WHERE m.delivery_id = s.id AND m.conflict)
        AS conflict
    FROM crm.delivery s JOIN crm.client c ON c.id = s.client_id
    LEFT JOIN crm.delivery_point p ON p.id = s.delivery_point_id
    LEFT JOIN crm.contact k ON k.id = p.contact_id
    LEFT JOIN crm.employee e ON e.id = s.courier_id
    WHERE s.deleted_at IS NULL AND s.status <> 'cancelled'
      AND s.planned_from >= :since AND s.planned_from < :until
      AND (CAST(:courier AS text) IS NULL OR lower(e.name) = lower(:courier))
    ORDER BY e.name NULLS FIRST, s.planned_from, s.number
""")
MOVES = text("""
    SELECT m.line, m.at, m.who, m.reason, m.conflict, m.former_from, m.planned_from,
      a.name AS former_courier, b.name AS courier
    FROM crm.delivery_moves m JOIN crm.delivery s ON s.id = m.delivery_id
    LEFT JOIN crm.employee a ON a.id = m.former_courier_id
    LEFT JOIN crm.employee b ON b.id = m.courier_id
    WHERE s.number = :number ORDER BY m.line
""")
BALANCE = text("""
    SELECT p.name AS product, sum(r.quantity) AS quantity, sum(r.amount) AS amount
    FROM crm.returnable r JOIN crm.product p ON p.id = r.product_id
    WHERE r.client_id = :client AND r.deleted_at IS NULL
    GROUP BY p.id, p.name HAVING sum(r.quantity) <> 0 OR sum(r.amount) <> 0 ORDER BY p.name
""")
LINES = text("""
    SELECT l.line, l.product_id, l.quantity, l.price, p.kind FROM crm.delivery_lines l
    JOIN crm.product p ON p.id = l.product_id WHERE l.delivery_id = :stop ORDER BY l.line
""")
SAY = text(
    "SELECT set_config('hub.move_reason', :reason, true), set_config('hub.seen_plan', :seen, true)"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened at the door. `delivered` are quantities by product where they differ from the
    order; `returned` is tare taken back, its deposit given back in cash.
    """

    cash: Decimal | None = None
    delivered: Mapping[UUID, Decimal] = field(default_factory=dict)
    returned: Mapping[UUID, Decimal] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Another time or another courier. `seen` is the plan that the mover was looking at."""

    reason: str
    at: datetime | None = None
    courier: UUID | None = None
    seen: int | None = None


def day_sheet(
    connection: Connection, day: date, zone: ZoneInfo, courier: str | None = None
) -> list[dict[str, Any]]:
    """The stops of a day by courier and time, with addresses and telephones."""
    since = datetime(day.year, day.month, day.day, tzinfo=zone)
    until = datetime.combine(day + timedelta(days=1), since.timetz())
    given = {"since": since, "until": until, "courier": courier}
    return [dict(row._mapping) for row in connection.execute(SHEET, given)]


def moves_of(connection: Connection, number: str) -> list[dict[str, Any]]:
    """Every move of a stop, in order; a `conflict` was made without seeing the one before."""
    return [dict(row._mapping) for row in connection.execute(MOVES, {"number": number})]


def balance(connection: Connection, client: UUID) -> list[dict[str, Any]]:
    """Tare that a client keeps, and the deposits that lie with us."""
    return [dict(row._mapping) for row in connection.execute(BALANCE, {"client": client})]


def done(connection: Connection, number: str, fact: Fact, now: datetime) -> None:
    """The stop is done: what was handed over, what was taken, in one transaction.

    Closes the courier's task; the order and the deal follow. Raises `Refused` for a stop that is
    not planned, a product that it did not carry, a number below nothing, or more cash than is due
    without a note why.
    """
    _require_sane(number, fact)
    stop = _planned(connection, number)
    lines = connection.execute(LINES, {"stop": stop.id}).all()
    strange = set(fact.delivered) - {line.product_id for line in lines}
    if strange:
        raise _refused(number, _("отдано то, чего не везли"), _("товар этой остановки"))
    amount, deposit = _hand_over(connection, stop, lines, fact)
    deposit -= _take_back(connection, stop, fact, now)
    due = amount + deposit if stop.client_kind == "individual" else Decimal(0)
    if fact.cash is not None and fact.cash > due and not fact.note:
        raise _refused(
            number,
            _("получено {taken}, а к получению {due}").format(taken=fact.cash, due=due),
            _("не больше, чем к получению, или объяснение в подробностях"),
        )
    connection.execute(
        delivery.update()
        .where(delivery.c.id == stop.id)
        .values(
            amount=amount,
            cash_due=due,
            cash_taken=due if fact.cash is None else fact.cash,
            note=fact.note,
            arrived_at=now,
        )
    )
    _close(connection, stop, "done", now, fact.note)


def failed(
    connection: Connection, number: str, reason: str, now: datetime, note: str | None = None
) -> None:
    """The stop has failed, for one of the known reasons. Raises `Refused` for another."""
    if reason not in REASONS:
        raise _refused(number, _("причина «{said}»").format(said=reason), " | ".join(REASONS))
    stop = _planned(connection, number)
    values = {"reason": reason, "note": note, "arrived_at": now}
    connection.execute(delivery.update().where(delivery.c.id == stop.id).values(values))
    _close(connection, stop, "failed", now, note or _reason_word(reason))


def move(connection: Connection, number: str, wanted: Move) -> bool:
    """Give a stop another time or courier; the last one to do so wins, and nothing is forgotten.

    Returns whether the mover had not seen the move before: that is written beside both. Raises
    `Refused` for a stop that is over, an unknown reason, or nothing to change.
    """
    if wanted.reason not in REASONS:
        said = _("причина «{said}»").format(said=wanted.reason)
        raise _refused(number, said, " | ".join(REASONS))
    if wanted.at is None and wanted.courier is None:
        raise _refused(number, _("ни времени, ни экспедитора"), _("новое время или экспедитор"))
    stop = _planned(connection, number)
    values: dict[str, Any] = {"reason": wanted.reason}
    if wanted.at is not None:
        values["planned_from"] = wanted.at
        if stop.planned_to and stop.planned_from:
            values["planned_to"] = wanted.at + (stop.planned_to - stop.planned_from)
    if wanted.courier is not None:
        values["courier_id"] = wanted.courier
    seen = "" if wanted.seen is None else str(wanted.seen)
    connection.execute(SAY, {"reason": wanted.reason, "seen": seen})
    connection.execute(delivery.update().where(delivery.c.id == stop.id).values(values))
    connection.execute(SAY, {"reason": "", "seen": ""})
    return wanted.seen is not None and wanted.seen < stop.plan_version


def _require_sane(number: str, fact: Fact) -> None:
    said = [*fact.delivered.values(), *fact.returned.values(), fact.cash or Decimal(0)]
    if any(not one.is_finite() or one < 0 for one in said):
        raise _refused(number, _("число меньше нуля"), _("ноль или больше"))
    if fact.cash is not None and fact.cash != kopecks(fact.cash):
        found = _("получено {taken}").format(taken=fact.cash)
        raise _refused(number, found, _("сумма до копейки"))


def _planned(connection: Connection, number: str) -> Any:
    query = delivery.select().where(delivery.c.number == number, delivery.c.deleted_at.is_(None))
    stop = connection.execute(query.with_for_update()).first()
    if stop is None:
        raise _refused(number, _("такой нет"), _("номер из provodka delivery today"))
    if stop.status != "planned":
        words = {"done": _("уже выполнена"), "failed": _("уже не удалась")}
        raise _refused(number, words.get(stop.status, _("отменена")), _("остановка, которая ждет"))
    return stop


def _hand_over(
    connection: Connection, stop: Any, lines: Sequence[Any], fact: Fact
) -> tuple[Decimal, Decimal]:
    """Write what was delivered; the sums of goods and of deposits."""
    sums = {True: Decimal(0), False: Decimal(0)}
    for line in lines:
        given = fact.delivered.get(line.product_id, line.quantity)
        amount = kopecks(given * line.price)
        tare = line.kind == "returnable"
        sums[tare] += amount
        connection.execute(
            delivery_line.update()
            .where(delivery_line.c.delivery_id == stop.id, delivery_line.c.line == line.line)
            .values(delivered=given, amount=amount)
        )
        if tare and given:
            _note_tare(connection, stop, line.product_id, given, amount, stop.planned_from)
    return sums[False], sums[True]


def _take_back(connection: Connection, stop: Any, fact: Fact, now: datetime) -> Decimal:
    """Tare that the client gave back; the deposit to return, as it lies with us on average."""
    returned = Decimal(0)
    for product, quantity in fact.returned.items():
        kept = connection.execute(KEPT, {"client": stop.client_id, "product": product}).one()
        if quantity > kept.quantity:
            raise _refused(
                stop.number,
                _("принято тары {quantity}, а у клиента {kept}").format(
                    quantity=quantity, kept=kept.quantity
                ),
                _("не больше, чем у него есть"),
            )
        deposit = kopecks(kept.amount * quantity / kept.quantity) if kept.quantity else Decimal(0)
        _note_tare(connection, stop, product, -quantity, -deposit, now)
        returned += deposit
    return returned


KEPT = text("""
    SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(amount), 0) AS amount
    FROM crm.returnable
    WHERE client_id = :client AND product_id = :product AND deleted_at IS NULL
""")


def _note_tare(
    connection: Connection,
    stop: Any,
    product: UUID,
    quantity: Decimal,
    amount: Decimal,
    at: datetime,
) -> None:
    values = {"client_id": stop.client_id, "product_id": product, "delivery_id": stop.id}
    connection.execute(
        returnable.insert().values(**values, quantity=quantity, amount=amount, at=at)
    )


def _close(
    connection: Connection, stop: Any, status: str, now: datetime, result: str | None
) -> None:
    """End the stop by its task; a stop of imported history has none."""
    if stop.task_id is None:
        connection.execute(delivery.update().where(delivery.c.id == stop.id).values(status=status))
        return
    over = {"status": status, "finished_at": now, "result": result}
    connection.execute(task.update().where(task.c.id == stop.task_id).values(over))
    if status == "done":
        paid = connection.execute(delivery.select().where(delivery.c.id == stop.id)).one()
        money = task.c.deal_id == stop.deal_id, task.c.rule == "water_take_money"
        if paid.cash_taken >= paid.cash_due:
            connection.execute(
                task.update()
                .where(*money, task.c.status == "open")
                .values(status="done", finished_at=now)
            )


def _reason_word(reason: str) -> str:
    return {
        "client_absent": _("Клиента не было"),
        "client_asked": _("Клиент просил перенести"),
        "courier_late": _("Экспедитор не успел за рабочий день"),
        "refused": _("Клиент отказался"),
        "other": _("Другая причина"),
    }[reason]


def _refused(number: str, found: str, expected: str) -> Refused:
    return Refused(
        _("Остановка {number}").format(number=number),
        found=found,
        expected=expected,
        next_step=_("посмотрите provodka delivery today и повторите"),
        code="no_stop",
    )
