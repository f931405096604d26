"""The golden scenario, told as it happens: the same streams that run in production."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from provodka.connectors.http import HttpClient
from provodka.dashboards.rendering import render
from provodka.dashboards.rendering.terminal import print_report
from provodka.dashboards.reports.catalog import run as run_report
from provodka.dashboards.results import ReportQuery, ReportResult
from provodka.flows.demo.glances import (
    BY_STAGE,
    LAST_ANSWERS,
    LAST_CALLS,
    LAST_INVOICES,
    NEXT_TASKS,
    SENT_LETTERS,
    told_call,
    told_invoice,
)
from provodka.flows.demo.staff import Offer, Staff
from provodka.flows.demo.teller import Teller
from provodka.flows.hub import Hub
from provodka.flows.recorded import run_recorded
from provodka.flows.streams import STREAMS
from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _
from provodka.foundation.money import Money

__all__ = ["Story"]

DEALS = 24
CALLS = 12
BIG = Decimal(100_000)


@dataclass
class Story:
    """One run of the demonstration. `sandbox` are the addresses of the stand-ins."""

    hub: Hub
    sandbox: dict[str, Any]
    teller: Teller
    seed: int

    def tell(self) -> None:
        """All chapters in order."""
        self.catalogs()
        staff = Staff(self.hub.engine, self.seed)
        offers = self.deals(staff)
        interested = self.proposals(staff, offers)
        self.invoices(staff, interested)
        self.accountant()
        self.calls()
        self.answers()
        self.funnel()

    def catalogs(self) -> None:
        """Clients, contracts and products come from accounting."""
        self.teller.chapter(_("Справочники приходят из 1С"))
        counts = self._run("catalogs")
        self.teller.say(
            _("Прочитано {read}, новых {new}, без изменений {same}.").format(
                read=counts.get("read", 0), new=counts.get("new", 0), same=counts.get("same", 0)
            )
        )

    def deals(self, staff: Staff) -> list[Offer]:
        """Managers open deals; letters and tasks appear by themselves."""
        self.teller.chapter(_("Менеджеры заводят сделки"))
        staff.hire()
        offers = list(self.teller.each(_("новые сделки"), staff.open_deals(DEALS)))
        self._follow()
        self.teller.say(
            _("Каждому клиенту ушло информационное письмо, менеджерам поставлены звонки:")
        )
        self.teller.table(
            (_("сделка"), _("клиент"), _("задача"), _("срок")),
            self._rows(NEXT_TASKS),
        )
        return offers

    def proposals(self, staff: Staff, offers: list[Offer]) -> list[tuple[Offer, Any]]:
        """Managers post proposals; big ones alert the head."""
        self.teller.chapter(_("Менеджеры готовят коммерческие предложения"))
        going, _silent = staff.split(offers, 0.8)
        made = [(one, staff.propose(one)) for one in self.teller.each(_("проведенные КП"), going)]
        self._follow()
        big = [one for one, _key in made if one.amount > BIG]
        self.teller.say(
            _("КП дороже {limit}: {count}, руководитель получил письмо о каждом.").format(
                limit=Money(BIG), count=len(big)
            )
        )
        return made

    def invoices(self, staff: Staff, made: list[tuple[Offer, Any]]) -> None:
        """Invoices appear in 1C; some deals are lost instead."""
        self.teller.chapter(_("Счета появляются в 1С сами"))
        buying, _waiting = staff.split([one for one, _key in made], 0.75)
        basis = {one.deal: key for one, key in made}
        for one in self.teller.each(_("счета на основании КП"), buying):
            staff.bill(one, basis[one.deal])
        refused = [one for one, _key in made if one not in buying]
        for one in refused[: len(refused) // 2]:
            staff.lose(one)
        self._follow()
        self.teller.table(
            (_("счет"), _("клиент"), _("сумма"), _("в 1С")),
            map(told_invoice, self._rows(LAST_INVOICES)),
        )

    def accountant(self) -> None:
        """The accountant pays and ships; deals close by themselves."""
        self.teller.chapter(_("Бухгалтер проводит оплаты и отгрузки в 1С"))
        done = self._sandbox("accountant/work", {"mode": "mixed", "seed": self.seed})["done"]
        done += self._sandbox("accountant/work", {"mode": "mixed", "seed": self.seed + 1})["done"]
        self.teller.say(_("Проведено документов: {count}.").format(count=len(done)))
        counts = self._run("accounting")
        self.teller.say(
            _("В CRM вернулось новых документов: {new}.").format(new=counts.get("new", 0))
        )
        self._follow()
        self.teller.table((_("этап"), _("сделок"), _("на сумму")), self._rows(BY_STAGE))

    def calls(self) -> None:
        """The PBX logs calls; each lands on its client."""
        self.teller.chapter(_("Звонки из журнала АТС находят своих клиентов"))
        now = self.hub.clock().astimezone(self.hub.settings.zone)
        for number in self.teller.each(_("звонки"), range(CALLS)):
            at = now - timedelta(minutes=3 * (CALLS - number))
            start = at.replace(tzinfo=None, microsecond=0)
            self._sandbox("call", {"at": start.isoformat(), "stranger": number % 4 == 3})
        self._run("calls")
        self._follow()
        self.teller.table(
            (_("когда"), _("направление"), _("исход"), _("разговор, с"), _("клиент")),
            map(told_call, self._rows(LAST_CALLS)),
        )

    def answers(self) -> None:
        """Clients answer letters; each answer lands on its client and its deal."""
        self.teller.chapter(_("Клиенты отвечают на письма"))
        self._run("mail")
        for to, subject, letter in self.teller.each(_("ответы"), self._rows(SENT_LETTERS)):
            answer = {"from": to, "to": self.hub.sender.address, "subject": f"Re: {subject}"}
            answer |= {"in_reply_to": letter, "text": _("Добрый день! Да, нам это интересно.")}
            self._sandbox("mail/incoming", answer)
        self._run("mail")
        self._follow()
        self.teller.table((_("клиент"), _("тема"), _("сделка")), self._rows(LAST_ANSWERS))

    def funnel(self) -> None:
        """The funnel, as a table and as a picture."""
        self.teller.chapter(_("Воронка продаж"))
        self._run("reports")
        result = self._report()
        shown = replace(result, tables=(result.table("cohort"),))
        print_report(shown, self.teller.console)
        pictures = self.hub.home / "reports"
        pictures.mkdir(parents=True, exist_ok=True)
        for kind in ("html", "svg", "xlsx"):
            content = render(result, kind)
            data = content if isinstance(content, bytes) else content.encode()
            (pictures / f"funnel.{kind}").write_bytes(data)

    def _report(self) -> ReportResult:
        today = self.hub.clock().astimezone(self.hub.settings.zone).date()
        zone = self.hub.settings.zone
        month = datetime.combine(today.replace(day=1), time(), zone)
        midnight = datetime.combine(today + timedelta(days=1), time(), zone)
        query = ReportQuery(month, midnight, zone=zone)
        with self.hub.engine.connect() as connection:
            return run_report(connection, "funnel", query)

    def _follow(self) -> None:
        """Rules, deliveries and rules again, until nothing is left to do."""
        with self.teller.waiting(_("правила, письма, счета…")):
            for _round in range(4):
                for name in ("triggers", "invoices", "outbox"):
                    self._run(name)

    def _run(self, name: str) -> Mapping[str, int]:
        ran = run_recorded(self.hub, STREAMS[name])
        if ran.state == "failed":
            raise SystemUnavailable(
                _(STREAMS[name].title),
                found=ran.note,
                next_step=_("повторите make demo; подробности покажет provodka status"),
                code="demo_stopped",
            )
        return ran.counts

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.hub.engine.connect() as connection:
            zone = {"zone": str(self.hub.settings.zone)}
            return [tuple(row) for row in connection.execute(text(query), zone)]

    def _sandbox(self, path: str, body: dict[str, Any]) -> Any:
        with HttpClient(self.sandbox["control_url"]) as control:
            answer = control.request("POST", path, content=json.dumps(body).encode())
        return json.loads(answer.body)
