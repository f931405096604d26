"""What can be synchronised, under the names that people use, in the order in which it must run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from provodka.flows.alerts.warning import watch
from provodka.flows.bank.watching import run_bank
from provodka.flows.calls.pull import pull_every_pbx
from provodka.flows.calls.relinking import link_calls_anew
from provodka.flows.channels.running import run_channels
from provodka.flows.deliver.couriers import couriers
from provodka.flows.deliver.loop import deliver
from provodka.flows.hub import Hub
from provodka.flows.inbox.keeping import tend_inbox
from provodka.flows.journal_months import tend_journal
from provodka.flows.mail.pulling import pull_mail
from provodka.flows.onec.balances.running import run_settlements, run_stock
from provodka.flows.onec.exchange.running import run_exchange, send_due
from provodka.flows.onec.pulling import ACCOUNTING, CATALOGS, pull_mappings
from provodka.flows.onec.sweeping.running import sweep
from provodka.flows.onec.watching import watch_invoices
from provodka.flows.report_letters import send_reports
from provodka.flows.reports import (
    check_reports,
    gather_lists,
    refresh_reports,
    renew_answers,
)
from provodka.flows.triggers.apply import apply_triggers, ensure_planned
from provodka.flows.triggers.clock import strike
from provodka.flows.triggers.publishing import register
from provodka.flows.triggers.standing_in import stand_in_for_absent
from provodka.flows.work import Rehearsal, Work
from provodka.foundation.i18n import marked

__all__ = ["STREAMS", "Stream"]


@dataclass(frozen=True)
class Stream:
    """`run` does all there is to do now and counts it; `rehearsable` streams can be planned.

    A stream that is not `usual` runs by its name or its hour alone; of one that is not `savable`
    the plan is shown and cannot be kept to be carried out.
    `title` is given to `_` when it is shown.
    """

    name: str
    title: str
    run: Callable[[Hub, Work], Counter[str]]
    rehearsable: bool = False
    usual: bool = True
    savable: bool = True


def _catalogs(hub: Hub, work: Work) -> Counter[str]:
    return pull_mappings(hub, work, CATALOGS)


def _accounting(hub: Hub, work: Work) -> Counter[str]:
    return pull_mappings(hub, work, ACCOUNTING)


def _invoices(hub: Hub, _work: Work) -> Counter[str]:
    return watch_invoices(hub)


def _calls(hub: Hub, work: Work) -> Counter[str]:
    linked = link_calls_anew(work)
    return linked + pull_every_pbx(work, hub.settings.telephony, hub.clock)


def _inbox(hub: Hub, _work: Work) -> Counter[str]:
    return tend_inbox(hub)


def _channels(hub: Hub, work: Work) -> Counter[str]:
    return run_channels(hub, work)


def _calendars(hub: Hub, work: Work) -> Counter[str]:
    if hub.settings.calendars is None:
        return Counter()
    # The library of calendars is not to be loaded by those who have none.
    from provodka.flows.calendars.running import run_calendars

    return run_calendars(hub, work)


def _mail(hub: Hub, work: Work) -> Counter[str]:
    return pull_mail(hub, work if isinstance(work, Rehearsal) else None)


def _triggers(hub: Hub, _work: Work) -> Counter[str]:
    approved = hub.settings.rules_approval
    with hub.engine.begin() as connection:
        register(connection, hub.book, at_once=not approved)
    given = (hub.engine, hub.book, hub.calendar, hub.clock())
    counts = strike(*given, approved=approved)
    counts += stand_in_for_absent(hub.engine, hub.calendar.zone, hub.clock())
    counts += apply_triggers(*given, approved=approved, leave_to_others=True)
    return counts + ensure_planned(hub.engine, hub.book, hub.calendar, hub.clock())


def _outbox(hub: Hub, work: Work) -> Counter[str]:
    counts: Counter[str] = Counter()
    lease = timedelta(seconds=hub.settings.streams.worker_lease)
    for courier in couriers(hub):
        counts += deliver(hub.engine, courier, lease=lease)
    return counts + (send_due(hub, work) if hub.exchange else Counter())


def _sweep(hub: Hub, _work: Work) -> Counter[str]:
    return sweep(hub, mends=hub.settings.streams.sweep_mends)


def _alerts(hub: Hub, _work: Work) -> Counter[str]:
    return watch(hub)


def _journal(hub: Hub, _work: Work) -> Counter[str]:
    return tend_journal(hub)


def _reports(hub: Hub, _work: Work) -> Counter[str]:
    counts = refresh_reports(hub.engine) + renew_answers(hub)
    counts += check_reports(hub.engine, hub.clock()) + send_reports(hub)
    return counts + gather_lists(hub)


STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream("catalogs", marked("Справочники из 1С"), _catalogs, rehearsable=True),
        Stream(
            "accounting", marked("Счета, оплаты и отгрузки из 1С"), _accounting, rehearsable=True
        ),
        Stream(
            "exchange",
            marked("Обмен с 1С сообщениями EnterpriseData"),
            run_exchange,
            rehearsable=True,
        ),
        Stream(
            "settlements",
            marked("Взаиморасчеты с клиентами из 1С"),
            run_settlements,
            rehearsable=True,
        ),
        Stream("stock", marked("Остатки по складам из 1С"), run_stock, rehearsable=True),
        Stream("bank", marked("Выписки банка и оплаты по ним"), run_bank, rehearsable=True),
        Stream("calls", marked("Звонки из журнала АТС"), _calls, rehearsable=True),
        Stream("inbox", marked("Принятое по HTTP"), _inbox),
        Stream("channels", marked("Мессенджеры и доставка СМС"), _channels),
        Stream("mail", marked("Письма из ящиков"), _mail, rehearsable=True, savable=False),
        Stream("triggers", marked("Правила"), _triggers),
        Stream(
            "invoices", marked("Счета, которые пора отправить в 1С"), _invoices, rehearsable=True
        ),
        Stream("calendars", marked("Календари сотрудников"), _calendars),
        Stream("outbox", marked("Доставка исходящих"), _outbox, rehearsable=True),
        Stream("reports", marked("Таблицы отчетов"), _reports),
        Stream("alerts", marked("Тревоги"), _alerts),
        Stream("journal", marked("Месяцы журнала изменений"), _journal),
        Stream("sweep", marked("Сверка с 1С"), _sweep, usual=False),
    )
}
