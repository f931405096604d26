"""The second demonstration: a company that delivers water, from a year of history to the bill."""

from __future__ import annotations

from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.called import program
from provodka.flows.demo.run import without_log
from provodka.flows.demo.stage import WATER
from provodka.flows.demo.teller import Teller
from provodka.flows.demo.water_story import WaterStory
from provodka.flows.hub import database_url, open_hub
from provodka.flows.sandbox_process import running_sandbox
from provodka.flows.settings import Environment
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.foundation.i18n import _

__all__ = ["run"]


def run(environment: Environment, teller: Teller | None = None) -> None:
    """Tell the story once; a second run goes on with the same company."""
    teller = teller or Teller()
    without_log()
    corner = WATER.corner(environment)
    teller.console.print(_("[bold]Проводка[/]: день компании, которая возит воду"))
    with running_sandbox(corner.home / "sandbox") as sandbox:
        WATER.settings(corner.home, sandbox)
        with teller.waiting(_("база данных и песочница…")):
            engine = open_engine(database_url(corner))
            schema.migrate(engine)
            engine.dispose()
        with open_hub(corner) as hub:
            with hub.engine.begin() as connection:
                sync_scenarios(connection, hub.book)
            story = WaterStory(hub, teller)
            story.tell()
            command = f"{program()} --home {corner.home} -c {corner.home / 'hub.yaml'}"
            onward = [
                (_("Остановки дня:"), f"{command} delivery today"),
                (_("Экспедиторы за месяц:"), f"{command} report couriers --by courier"),
                (_("Потерянные клиенты:"), f"{command} report lost_clients"),
            ]
            teller.end(_("Что получилось"), story.summary(), onward)
