"""Run the demonstration from nothing: database, sandbox, hub, the story, the sum of it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from sqlalchemy import text

from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.called import program
from provodka.flows.demo.glances import TOTALS
from provodka.flows.demo.stage import ROMASHKA
from provodka.flows.demo.story import Story
from provodka.flows.demo.teller import Teller
from provodka.flows.hub import Hub, database_url, open_hub
from provodka.flows.sandbox_process import running_sandbox
from provodka.flows.settings import Environment
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.flows.web_child import USUAL_PORT
from provodka.foundation.i18n import _

__all__ = ["run", "without_log"]


def run(environment: Environment, teller: Teller | None = None) -> None:
    """Tell the story once; a second run goes on with the same company."""
    teller = teller or Teller()
    without_log()
    corner = ROMASHKA.corner(environment)
    teller.console.print(_("[bold]Проводка[/]: компания «Ромашка» за одну минуту"))
    with running_sandbox(corner.home / "sandbox") as sandbox:
        ROMASHKA.settings(corner.home, sandbox, reads_mail=True)
        with teller.waiting(_("база данных и песочница…")):
            engine = open_engine(database_url(corner))
            schema.migrate(engine)
            engine.dispose()
        with open_hub(corner) as hub:
            with hub.engine.begin() as connection:
                sync_scenarios(connection, hub.book)
                told = connection.execute(text("SELECT count(*) FROM crm.deal")).scalar_one()
            Story(hub, sandbox, teller, seed=told).tell()
            teller.end(_("Что получилось"), _summary(hub), _onward(corner.home))


def _onward(home: Path) -> list[tuple[str, str]]:
    command = f"{program()} --home {home} -c {home / 'hub.yaml'}"
    return [
        (_("Воронка, откройте в браузере:"), str(home / "reports" / "funnel.html")),
        (_("Как двигался счет:"), f"{command} trace СЧ00-000001"),
        (_("Что с хабом сейчас:"), f"{command} status"),
        (_("Запустить хаб надолго:"), "make up"),
        (_("«Обзор» в браузере, пока хаб работает:"), f"http://127.0.0.1:{USUAL_PORT}/overview"),
    ]


def without_log() -> None:
    """Tell the story alone: of the log only warnings, unless all of it was asked for."""
    log = logging.getLogger("provodka")
    if log.level != logging.DEBUG:
        log.setLevel(logging.WARNING)


def _summary(hub: Hub) -> list[str]:
    with hub.engine.connect() as connection:
        row: Any = connection.execute(text(TOTALS), {"zone": str(hub.settings.zone)}).one()
    deals, won, letters, tasks, invoices, payments, shipments, calls, linked, *rest = row
    answers, known, quarantined, conflicts, deltas = rest
    return [
        _("Сделок {deals}, из них завершены успешно {won}.").format(deals=deals, won=won),
        _("Писем отправлено {letters}, задач поставлено {tasks}.").format(
            letters=letters, tasks=tasks
        ),
        _("Счетов в 1С {invoices}, оплат {payments}, отгрузок {shipments}.").format(
            invoices=invoices, payments=payments, shipments=shipments
        ),
        _("Звонков {calls}, из них узнан клиент у {linked}.").format(calls=calls, linked=linked),
        _("Ответов на письма {answers}, из них узнана сделка у {known}.").format(
            answers=answers, known=known
        ),
        _("Отложено документов {quarantined}, конфликтов {conflicts}.").format(
            quarantined=quarantined, conflicts=conflicts
        ),
        _("Записей в журнале изменений {deltas}.").format(deltas=deltas),
    ]
