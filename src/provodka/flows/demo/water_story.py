"""A day of the water company: history, calls, couriers, the month's bills, reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal
from provodka.dashboards.rendering.terminal import print_report
from provodka.dashboards.reports.catalog import run as run_report
from provodka.dashboards.results import ReportQuery
from provodka.flows.demo.teller import Teller
from provodka.flows.demo.water_people import (
    BOTTLE,
    COURIERS,
    DISPATCHER,
    FAMILIES,
    WATER,
    settle,
    write_history,
)
from provodka.flows.history.importing import import_history, kind_named, preview_history
from provodka.flows.hub import Hub
from provodka.flows.recorded import run_recorded
from provodka.flows.streams import STREAMS
from provodka.flows.water.billing import bill_month
from provodka.flows.water.desk import take_call
from provodka.flows.water.ordering import NewOrder, Wanted, take
from provodka.flows.water.stops import Fact, Move, day_sheet, done, failed, move
from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _
from provodka.foundation.money import Money

__all__ = ["WaterStory"]

COMPANIES = 3
CALLS = 8
FIRST_PHONE = 79160000100


@dataclass
class WaterStory:
    """One run of the story; everything goes by the functions that the desk itself uses."""

    hub: Hub
    teller: Teller
    told: dict[str, Any] = field(default_factory=dict)

    def tell(self) -> None:
        """All chapters in order."""
        self.history()
        self.orders()
        self.round()
        self.bills()
        self.reports()

    def history(self) -> None:
        """A year of an older program, shown and taken in."""
        self.teller.chapter(_("Год из прежней программы"))
        self._run("catalogs")
        with self._as("Администратор") as connection:
            self.told["companies"] = settle(connection, COMPANIES)
        path = self.hub.home / "history" / "orders.csv"
        write_history(path, self._now())
        kind, zone = kind_named("orders"), self.hub.settings.zone
        shown = preview_history(self.hub.engine, kind, path, zone)
        said = _("Показ: было бы {created} заказов, отложено строк {aside}: {why}")
        why = str(shown.misfits[0].error) if shown.misfits else "—"
        aside = shown.counts["set_aside"]
        self.teller.say(said.format(created=shown.counts["created"], aside=aside, why=why))
        taken = import_history(self.hub.engine, kind, path, zone)
        self.told["imported"] = taken.counts["created"]
        self.teller.say(_("Загружено заказов: {count}.").format(count=taken.counts["created"]))

    def orders(self) -> None:
        """Operators take calls: known people, a stranger, companies."""
        self.teller.chapter(_("Операторы принимают заказы"))
        with self._as(DISPATCHER) as connection:
            water, bottle = (self._key(connection, "product", one) for one in (WATER, BOTTLE))
            operator = self._key(connection, "employee", DISPATCHER)
            for number in range(CALLS):
                when = self._at(10 + number)
                phone = f"+{FIRST_PHONE + number}"
                take_call(
                    connection,
                    phone,
                    {water: Decimal(2), bottle: Decimal(1)},
                    self._now(),
                    new=(FAMILIES[number * 5 + 1], f"Оренбург, Советская, {number + 1}"),
                    operator=operator,
                    courier=self._courier(connection, number),
                    at=when,
                )
            for place, buyer in enumerate(self.told["companies"]):
                wanted = [Wanted(water, Decimal(10 + 5 * place))]
                courier = self._courier(connection, place)
                order = NewOrder(buyer, wanted, None, operator, courier, self._at(12 + place))
                take(connection, order, self._now())
        self._follow()
        self._sheet()

    def round(self) -> None:
        """Couriers drive: done, failed, moved by two at once."""
        self.teller.chapter(_("Экспедиторы едут"))
        stops = [one for one in self._stops() if one["status"] == "planned"]
        lost, moved, *rest = stops
        now = self._now()
        with self._as(COURIERS[0]) as connection:
            failed(connection, lost["number"], "client_absent", now, _("Никто не открыл"))
        with self._as(DISPATCHER) as connection:
            seen = moved["plan_version"]
            move(connection, moved["number"], Move("client_asked", self._at(18), seen=seen))
        with self._as(COURIERS[1]) as connection:
            wanted = Move("courier_late", self._at(19), seen=seen)
            unseen = move(connection, moved["number"], wanted)
        self.teller.say(
            _("Остановку {number} перенесли двое сразу: {seen}.").format(
                number=moved["number"],
                seen=_("второй узнал о первом") if unseen else _("по очереди"),
            )
        )
        for one in self.teller.each(_("доставлено"), rest):
            with self._as(str(one["courier"])) as connection:
                done(connection, str(one["number"]), Fact(), now)
        self._follow()
        self._sheet()

    def bills(self) -> None:
        """One bill for each company, into 1C."""
        self.teller.chapter(_("Юридическим лицам — один счет за месяц"))
        with self._as("Бухгалтер") as connection:
            now = self._now()
            today = now.astimezone(self.hub.settings.zone).date()
            bills = bill_month(connection, today, self.hub.settings.zone, now)
        self._follow()
        self.told["billed"] = sum((one.amount for one in bills), Decimal(0))
        told = _("Счетов {count} на {total}, в 1С записано {entered}.")
        keys = [one.invoice for one in bills]
        entered = self._count(
            "SELECT count(*) FROM crm.invoice WHERE id = ANY(:keys) AND accounting = 'entered'",
            keys=keys,
        )
        total = Money(self.told["billed"])
        self.teller.say(told.format(count=len(bills), total=total, entered=entered))

    def reports(self) -> None:
        """Couriers of the day, and who has been lost in the year."""
        self.teller.chapter(_("Что читает руководитель"))
        self._run("reports")
        zone = self.hub.settings.zone
        today = self._now().astimezone(zone).date()
        until = datetime.combine(today + timedelta(days=2), time(), zone)
        for name, table, days, by in (
            ("couriers", "goods", 1, None),
            ("lost_clients", "payers", 360, None),
            ("orders_handled", "orders", 60, "month"),
        ):
            query = ReportQuery(until - timedelta(days=days + 1), until, by=by, zone=zone)
            with self.hub.engine.connect() as connection:
                result = run_report(connection, name, query)
            shown = replace(result, tables=(result.table(table),))
            print_report(shown, self.teller.console)

    def summary(self) -> list[str]:
        """The story in numbers."""
        done, cash = self._row(
            "SELECT count(*), coalesce(sum(cash_taken), 0) FROM crm.delivery WHERE status = 'done'"
        )
        lines = [
            _("Заказов из прошлого {count}.").format(count=self.told["imported"]),
            _("Доставлено {count}, денег у экспедиторов {cash}.").format(
                count=done, cash=Money(cash)
            ),
            _("Юридическим лицам выставлено {total}.").format(total=Money(self.told["billed"])),
        ]
        tare, deposit = self._row(
            "SELECT coalesce(sum(quantity), 0), coalesce(sum(amount), 0) FROM crm.returnable"
        )
        told = _("Бутылей у клиентов {count:.0f}, залогов за них {sum}.")
        return [*lines, told.format(count=tare, sum=Money(deposit))]

    def _sheet(self) -> None:
        zone = self.hub.settings.zone
        states = {"planned": _("ждет"), "done": _("доставлено"), "failed": _("не доставлено")}
        self.teller.table(
            (
                _("остановка"),
                _("экспедитор"),
                _("время"),
                _("клиент"),
                _("получить"),
                _("что с ней"),
            ),
            (
                (
                    one["number"],
                    one["courier"],
                    f"{one['planned_from'].astimezone(zone):%H:%M}",
                    one["client"],
                    one["cash_due"],
                    states[str(one["status"])],
                )
                for one in self._stops()
            ),
        )

    def _stops(self) -> list[dict[str, Any]]:
        zone = self.hub.settings.zone
        with self.hub.engine.connect() as connection:
            return day_sheet(connection, self._at(10).astimezone(zone).date(), zone)

    def _at(self, hour: int) -> datetime:
        """An hour of today, in the company's zone."""
        zone = self.hub.settings.zone
        today = self._now().astimezone(zone).date()
        return datetime.combine(today, time(hour), zone)

    def _now(self) -> datetime:
        return self.hub.clock()

    def _courier(self, connection: Connection, number: int) -> UUID:
        return self._key(connection, "employee", COURIERS[number % len(COURIERS)])

    def _key(self, connection: Connection, kind: str, name: str) -> UUID:
        query = text(f"SELECT id FROM crm.{kind} WHERE name = :name ORDER BY id LIMIT 1")  # noqa: S608
        return UUID(str(connection.execute(query, {"name": name}).scalar_one()))

    @contextmanager
    def _as(self, person: str) -> Iterator[Connection]:
        with self.hub.engine.begin() as connection:
            journal.attribute(connection, f"person:{person}")
            yield connection

    def _follow(self) -> None:
        with self.teller.waiting(_("правила, СМС, счета…")):
            for _round in range(3):
                for name in ("triggers", "invoices", "outbox"):
                    self._run(name)

    def _run(self, name: str) -> None:
        ran = run_recorded(self.hub, STREAMS[name])
        if ran.state == "failed":
            raise SystemUnavailable(
                _(STREAMS[name].title),
                found=ran.note,
                next_step=_("повторите provodka demo water"),
                code="demo_stopped",
            )

    def _row(self, query: str, **given: Any) -> Any:
        with self.hub.engine.connect() as connection:
            return connection.execute(text(query), given).one()

    def _count(self, query: str, **given: Any) -> int:
        return int(self._row(query, **given)[0])
