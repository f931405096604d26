"""A small firm that has something in every report, for the tests of their pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.flow.trigger_company import Company

from provodka.dashboards.reports import keeping
from provodka.foundation.identifiers import uuid7

__all__ = ["HOSTILE", "PERSON", "WIDE", "Firm", "ago", "day_of", "fresh_key"]

HOSTILE = "<script>alert('имя')</script> Петров"
PERSON = "Иванова Мария Сергеевна"
NOW = datetime.now(UTC)
WIDE = {
    "from": f"{NOW - timedelta(days=400):%Y-%m-%d}",
    "to": f"{NOW + timedelta(days=40):%Y-%m-%d}",
}
"""A period that all of it lies in, as an address says it."""


def ago(days: float) -> datetime:
    """An instant so many days before now."""
    return NOW - timedelta(days=days)


class Firm(Company):
    """Two departments, one under the other; deals, calls, tasks, invoices, orders, stops, plans."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sales = self.insert("department", name="Продажи")
        self.south = self.insert("department", name="Юг", parent_id=self.sales)
        self.service = self.insert("department", name="Сервис")
        # Whoever was hired into a department has always been there.
        self.manager = self._hired("Лунин Олег", self.south)
        self.head = self._hired("Громова Вера", self.service)
        self.courier = self.insert(
            "employee", name="Сомов Павел", role="courier", department_id=self.south
        )
        self.person = self.insert(
            "client", name=PERSON, kind="individual", phone="+79010000001", source="сайт",
            responsible_id=self.manager,
        )  # fmt: skip
        self.hostile = self.insert(
            "client", name=HOSTILE, kind="individual", phone="+79010000001", created_at=ago(300)
        )
        self.water = self.insert("product", name="Вода <b>19 л</b>", kind="goods", unit="шт")
        self._deals()
        self._calls()
        self._tasks()
        self._papers()
        self._orders()
        self._plans()
        with self.engine.begin() as connection:
            keeping.refresh_all(connection)

    def _hired(self, name: str, department: UUID) -> UUID:
        self.execute("UPDATE crm.employee SET name = 'Прежний' WHERE name = :name", name=name)
        return self.insert("employee", name=name, role="manager", department_id=department)

    def _deals(self) -> None:
        self.won = self.deal(title="Первая", amount=Decimal(100), source="сайт")
        self.lost = self.deal(title="Вторая", amount=Decimal("200.50"))
        self.open = self.deal(title="Третья +7 901 000-00-01", client_id=self.person)
        self.theirs = self.deal(title="Чужая", responsible_id=self.head, amount=Decimal(5))
        gone = self.deal(title="Удаленная")
        for stage in ("proposal", "invoice", "won"):
            self.update("deal", self.won, stage=stage)
        for stage in ("proposal", "info_letter", "lost"):
            self.update("deal", self.lost, stage=stage)
        self.update("deal", self.theirs, stage="proposal")
        self.update("deal", gone, deleted_at=datetime.now(UTC))

    def _calls(self) -> None:
        for number, (direction, outcome, employee) in enumerate(
            (
                ("incoming", "answered", self.manager),
                ("incoming", "missed", None),
                ("incoming", "abandoned", None),
                ("outgoing", "answered", self.manager),
                ("outgoing", "busy", self.head),
                ("incoming", "answered", self.head),
            )
        ):
            self.insert(
                "call", source="asterisk", call_key=f"call-{number}", direction=direction,
                outcome=outcome, started_at=ago(3 - number / 100), wait_seconds=5,
                talk_seconds=60 if outcome == "answered" else 0, employee_id=employee,
                client_number="+79010000001", client_id=self.person,
            )  # fmt: skip

    def _tasks(self) -> None:
        about = {"deal_id": self.open, "client_id": self.person}
        usual: dict[str, Any] = {**about, "executor_id": self.manager}
        done: dict[str, Any] = {"status": "done", "finished_at": ago(0.5)}
        self.insert("task", subject="В срок", due_at=ago(-1), kind="call", **usual, **done)
        self.insert("task", subject="<i>Опоздала</i>", due_at=ago(2), kind="call", **usual, **done)
        self.insert("task", subject="Просрочена", due_at=ago(1), kind="letter", **usual)
        self.insert("task", subject="Впереди", due_at=ago(-3), kind="letter", **usual)
        self.insert("task", subject="Отменена", due_at=ago(1), **usual, status="cancelled")

    def _papers(self) -> None:
        usual = {"posted": True, "number": "СЧ00-000777"}
        first = self.invoice(self.won, "1000.10", date=ago(5), due_date=ago(2).date(), **usual)
        self.invoice(self.open, "70.00", date=ago(4), posted=True, client_id=self.person)
        # A date by default is rounded to a second, which may be one that is yet to come.
        self.update("payment", self.pay(first, "400.00"), date=ago(0.2))
        self.update("shipment", self.ship(first, "1000.10"), date=ago(0.1))

    def invoice(self, deal: UUID, amount: str = "50000.00", **values: Any) -> UUID:
        """A posted invoice of any client."""
        usual: dict[str, Any] = {"client_id": self.client}
        return self.insert("invoice", deal_id=deal, amount=Decimal(amount), **{**usual, **values})

    def _orders(self) -> None:
        point = self.insert("delivery_point", client_id=self.hostile, address="Заречная, 1")
        for number, days in enumerate((200, 190, 2)):
            client = self.hostile if number < 2 else self.person
            key = self.insert(
                "order", client_id=client, client_kind="individual", status="delivered",
                ordered_at=ago(days), confirmed_at=ago(days - 0.1), completed_at=ago(days - 1),
                operator_id=self.manager, amount=Decimal(500),
                delivery_point_id=point if number < 2 else None,
            )  # fmt: skip
            self._lines("order", key, quantity=2, price=250, amount=500)
        self.insert(
            "order", client_id=self.person, client_kind="individual", status="cancelled",
            ordered_at=ago(2), cancelled_at=ago(1), operator_id=self.head, amount=Decimal(250),
        )  # fmt: skip
        for status, reason, taken in (("done", None, 450), ("failed", "refused", 0)):
            stop = self.insert(
                "delivery", client_id=self.hostile, client_kind="individual",
                courier_id=self.courier, planned_from=ago(1), planned_to=ago(0.9),
                created_at=ago(4), status=status, reason=reason,
                arrived_at=ago(0.95) if status == "done" else None,
                amount=Decimal(500 if taken else 0),
                cash_due=Decimal(500 if taken else 0), cash_taken=Decimal(taken),
                note="Просил позвонить +7 901 000-00-01",
            )  # fmt: skip
            given = 2 if status == "done" else None
            self._lines(
                "delivery", stop, quantity=2, price=250, amount=500 if given else 0, delivered=given
            )

    def _lines(self, kind: str, key: UUID, **values: Any) -> None:
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self.execute(
            f"INSERT INTO crm.{kind}_lines ({kind}_id, line, product_id, item_kind, {names})"
            f" VALUES (:key, 1, :product, 'вода', {marks})",
            key=key,
            product=self.water,
            **values,
        )

    def _plans(self) -> None:
        month = NOW.date().replace(day=1)
        last = (month + timedelta(days=40)).replace(day=1) - timedelta(days=1)
        usual: dict[str, Any] = {"first_day": month, "last_day": last, "created_at": ago(20)}
        self.insert("plan", basis="won", amount=Decimal(1000), manager_id=self.manager, **usual)
        self.insert("plan", basis="paid", amount=Decimal(2000), **usual)

    def plans(self) -> list[Any]:
        """All plans that stand, by month and owner."""
        return self.rows(
            "SELECT first_day, basis, amount, manager_id, department_id FROM crm.plan"
            " WHERE deleted_at IS NULL ORDER BY first_day, basis, amount"
        )


def day_of(number: int) -> date:
    """The first day of a month of this year."""
    return date(NOW.year, number, 1)


def fresh_key() -> str:
    """The number of a form."""
    return str(uuid7())
